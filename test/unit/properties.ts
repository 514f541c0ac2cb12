/** fast-check, always from the same seed: a run that fails must fail again. */
import { configureGlobal } from 'fast-check';

configureGlobal({ seed: 1 });

export * from 'fast-check';
