/**
 * What stays. In the executable it is a bundle of its own, as what people call is: no check takes with it what only the resident
 * needs. Between the bundles go only plain values, functions, and errors, which know each other (src/errors.ts).
 */
export { attend } from './attend.ts';
export { runWatch } from './watch.ts';
