/** What is printed of the tables of commands and of the configuration. */
import { DAY, VERSION } from '../cli/build.ts';
import { bashScript, completed, fishScript, zshScript } from '../cli/completion.ts';
import { keysPage, programPage } from '../cli/manual.ts';
import type { ManualPage, Shell } from '../cli/options.ts';
import { commands } from '../commands.ts';
import { keysTold } from '../config/told.ts';

const PAGES: Readonly<Record<ManualPage, () => string>> = {
  redisha: () => programPage(commands, { version: VERSION, day: DAY }),
  'redisha.toml': () => keysPage(keysTold(), { version: VERSION, day: DAY }),
};

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

export const manual = (page: ManualPage): string => PAGES[page]().trimEnd();

export const completion = (shell: Shell): string => SCRIPTS[shell](completed(commands, keysTold())).trimEnd();
