/** The names that the scripts of the articles have, and the command that each stands for. */
import { commands } from '../../src/commands.ts';

export const LEGACY_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  commands.flatMap(({ name, legacyNames = [] }) => legacyNames.map((legacy) => [legacy, name])),
);
