/**
 * npm run demo: a Redis pair lives through the death and the return of its master, in front of your eyes. Exits 0 only if
 * no acknowledged write was lost and the pair is in order at the end. `--article` plays it on the article's files, whose timers
 * are slow, and `--loopback` without namespaces.
 */
import { whyNoExecutable } from '../test/lib/implementation.ts';
import { whyNoWorld } from '../test/lib/namespaces.ts';
import { playOnArticle, playOnHosts } from './on-hosts.ts';
import { playOnLoopback } from './on-loopback.ts';
import { summarise, Timeline } from './timeline.ts';

const whyNot = whyNoExecutable();
if (whyNot !== undefined) {
  process.stderr.write(`demo: ${whyNot}\n`);
  process.exit(2);
}

const timeline = new Timeline();
const reason = process.argv.includes('--loopback') ? 'asked for' : await whyNoWorld();
if (reason !== undefined)
  timeline.say(`no hosts here (${reason}): the story is played on the loopback, without keepalived`);
const onHosts = process.argv.includes('--article') ? playOnArticle : playOnHosts;
const summary = await (reason === undefined ? onHosts(timeline) : playOnLoopback(timeline));
process.exitCode = summarise(summary) ? 0 : 1;
