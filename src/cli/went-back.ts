/** The person wants the question before this one again. Apart from what draws the questions, which is not small. */
export class WentBack extends Error {}
