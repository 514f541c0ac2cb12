/** What one keepalived.conf leads to, whichever host it is of: what it says, and what it tracks. */
import { isAbout, isOurs } from './calls.ts';
import type { DoctorRow } from './row.ts';
import { inInstances, inKeepalived, RELOAD, sidesOf } from './row.ts';
import { ofNoCheck, ofWeight } from './stays.ts';

const ROUTER_ID_MAX = 255;

/** Of the weights that make it certain that the address stays, or of the others. */
const weights = (isCertain: boolean) =>
  inInstances(({ name, priority, isNopreempt, tracked }) =>
    tracked.flatMap((one) => {
      const found = ofWeight({ name, priority: priority.value, isNopreempt }, one);
      return found?.isCertain === isCertain ? [{ at: one.at, says: found.says, fix: found.fix }] : [];
    }),
  );

export const KEEPALIVED_ROWS: readonly DoctorRow[] = [
  {
    id: 'not-understood',
    severity: 'note',
    about: 'a line of keepalived.conf that redisha does not read as keepalived does; nothing else is said of the file',
    source: 'keepalived/lib/parser.c',
    find: (facts) =>
      sidesOf(facts).flatMap(({ whose, keepalived }) => {
        const [first, ...more] = keepalived?.problems ?? [];
        if (keepalived === undefined || first === undefined) return [];
        const [, line = '0', file = keepalived.file] = /^line (\d+) of (.*) is not understood/.exec(first) ?? [];
        const others = more.length === 0 ? '' : ` (and ${String(more.length)} more)`;
        return [
          {
            whose,
            at: { file, line: Number(line) },
            says: `${first}${others}; so redisha does not say what the file means`,
            fix: 'write the lines out in full, or look at what keepalived makes of them in its own dump',
          },
        ];
      }),
  },
  {
    id: 'unknown-word',
    severity: 'risk',
    about: 'a word that no keepalived from 2.1.5 to 2.3.4 knows in that block',
    source: 'seen: keepalived -t of 2.1.5, 2.2.7 and 2.3.4 ("Unknown keyword")',
    find: inKeepalived(({ unknown }) =>
      unknown
        .filter(({ since }) => since === undefined)
        .map(({ word, block, at }) => ({
          at,
          says: `keepalived knows no "${word}" in ${block}: it passes over the line, and "keepalived -t" ends with an error`,
          fix: `look for a misspelling of "${word}", or take the line out`,
        })),
    ),
  },
  {
    id: 'nopreempt-with-master',
    severity: 'risk',
    about: '`nopreempt` beside `state MASTER`',
    source:
      'keepalived.conf(5), nopreempt; vrrp.c vrrp_complete_instance ("nopreempt will not work with initial state MASTER")',
    find: inInstances(({ name, master, nopreempt }) =>
      master === undefined || nopreempt === undefined
        ? []
        : [
            {
              at: nopreempt,
              says: `${name} has state MASTER, so keepalived drops nopreempt: a node that comes back takes the address away from the other`,
              fix: `state BACKUP on both hosts (line ${String(master.line)}); ${RELOAD}`,
            },
          ],
    ),
  },
  {
    id: 'nopreempt-with-weight',
    severity: 'wrong',
    about: 'a check with a weight in an instance with `nopreempt`',
    source: 'keepalived.conf(5), vrrp_script, weight; acassen/keepalived issue 2599; seen on 2.2.7',
    find: weights(true),
  },
  {
    id: 'weight',
    severity: 'note',
    about: 'a check with a weight, where the other host may or may not have more',
    source: 'keepalived.conf(5), vrrp_script, weight',
    find: (facts) =>
      facts.peer !== undefined
        ? []
        : weights(false)(facts).map((told) => ({
            ...told,
            fix: `compare both hosts with --peer-files; in any case ${told.fix}`,
          })),
  },
  {
    id: 'no-check',
    severity: 'wrong',
    about: 'an instance that calls redisha and tracks no check',
    source: 'keepalived.conf(5), track_script',
    find: inKeepalived(({ instances, checks }) => {
      const check = checks.find(({ call }) => call !== undefined && isOurs(call));
      return instances.filter(isAbout).flatMap(({ name, at, tracked }) => {
        const found = ofNoCheck(name, tracked, check?.name);
        return found === undefined ? [] : [{ at, ...found }];
      });
    }),
  },
  {
    id: 'tracked-not-defined',
    severity: 'wrong',
    about: 'a name below `track_script` or `track_file` that nothing above defines',
    source: 'keepalived/vrrp/vrrp_track.c; seen on 2.1.5 to 2.3.4: "not found, ignoring"',
    find: inInstances(({ name, undefined: missing }) =>
      missing.map(({ value, at }) => ({
        at,
        says: `${name} tracks ${value}, which nothing above it defines: keepalived ignores it, and a dead Redis keeps the address`,
        fix: `define ${value} above the vrrp_instance; ${RELOAD}`,
      })),
    ),
  },
  {
    id: 'defined-twice',
    severity: 'wrong',
    about: 'two blocks with the same name',
    source: 'keepalived/vrrp/vrrp_parser.c; seen on 2.1.5 to 2.3.4: of two with one name the first counts',
    find: inKeepalived(({ twice }) =>
      twice.map(({ value, at }) => ({
        at,
        says: `${value} stands twice in this file: keepalived takes the first and passes over this one`,
        fix: `another name for the second, or take it out; ${RELOAD}`,
      })),
    ),
  },
  {
    id: 'router-id-missing',
    severity: 'wrong',
    about: 'no `virtual_router_id` from 1 to 255',
    source: 'keepalived.conf(5), virtual_router_id; seen on 2.1.5 and 2.2.7: "the virtual router id must be set"',
    find: inInstances(({ name, at, virtualRouterId }) =>
      virtualRouterId !== undefined && virtualRouterId.value >= 1 && virtualRouterId.value <= ROUTER_ID_MAX
        ? []
        : [
            {
              at: virtualRouterId?.at ?? at,
              says: `${name} has no virtual_router_id from 1 to 255: keepalived ends at its start, with all of its addresses`,
              fix: `a virtual_router_id from 1 to 255, the same on both hosts; ${RELOAD}`,
            },
          ],
    ),
  },
  {
    id: 'router-id-twice',
    severity: 'wrong',
    about: 'two instances with the same `virtual_router_id` on one interface',
    source: 'seen on 2.1.5 and 2.2.7: "both use VRID"',
    find: inKeepalived(({ instances }) =>
      instances.flatMap((instance, index) => {
        const first = instances
          .slice(0, index)
          .find(
            (other) =>
              other.virtualRouterId?.value === instance.virtualRouterId?.value &&
              other.interface?.value === instance.interface?.value,
          );
        return first === undefined || instance.virtualRouterId === undefined
          ? []
          : [
              {
                at: instance.virtualRouterId.at,
                says: `${instance.name} and ${first.name} have the virtual_router_id ${String(instance.virtualRouterId.value)} on one interface: keepalived ends at its start, with all of its addresses`,
                fix: `another virtual_router_id for ${instance.name}, on both hosts; ${RELOAD}`,
              },
            ];
      }),
    ),
  },
];
