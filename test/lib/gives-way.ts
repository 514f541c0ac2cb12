/** Run before the tests of a project: what this process and its children compute comes after what others do. */
import { getPriority, setPriority } from 'node:os';

const NICE = 10;

if (getPriority() < NICE) setPriority(NICE);
