/** All lines of the decision table. */
import { COMMON } from './decision-rows-common.ts';
import { GIVE_WAY } from './decision-rows-give-way.ts';
import { OLDER } from './decision-rows-older.ts';
import { RESTARTED } from './decision-rows-restarted.ts';
import { RIVALS } from './decision-rows-rivals.ts';
import { TAKE } from './decision-rows-take.ts';
import { YIELD } from './decision-rows-yield.ts';
import type { Row } from './decision-words.ts';

export const ROWS: readonly Row[] = [...COMMON, ...GIVE_WAY, ...OLDER, ...RESTARTED, ...RIVALS, ...TAKE, ...YIELD];
