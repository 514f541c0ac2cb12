/** What the rows about redis.conf have in common. */
import type { DoctorFacts, RedisSaid } from './facts.ts';
import type { Told } from './row.ts';
import { sidesOf } from './row.ts';

type Found = Omit<Told, 'whose'>;

/** Of each redis.conf of each host. */
export const inRedis =
  (find: (conf: RedisSaid, facts: DoctorFacts) => readonly Found[]) =>
  (facts: DoctorFacts): readonly Told[] =>
    sidesOf(facts).flatMap(({ whose, redis }) =>
      redis.flatMap((conf) => find(conf, facts).map((found): Told => ({ whose, ...found }))),
    );

interface Both {
  readonly own: RedisSaid;
  readonly peer: RedisSaid;
}

export const inBoth =
  (find: (both: Both) => readonly Found[]) =>
  ({ own, peer }: DoctorFacts): readonly Told[] =>
    own.redis.flatMap((conf) => {
      const other = peer?.redis.find(({ port }) => port.value === conf.port.value);
      return other === undefined
        ? []
        : find({ own: conf, peer: other }).map((found): Told => ({ whose: 'own', ...found }));
    });

export const whole = ({ file }: RedisSaid): Told['at'] => ({ file, line: 0 });
