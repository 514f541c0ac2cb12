/** A pair of hosts whose files are right, and what the doctor says of them once they were changed. */
import type { DoctorFinding } from '../../../src/core/doctor/doctor.ts';
import { diagnoseFiles } from '../../../src/core/doctor/doctor.ts';
import { factsOfFiles } from '../../../src/world/doctor.ts';
import { filesHanded } from '../../../src/world/handed-files.ts';

/** Name to text. */
export type Files = Readonly<Record<string, string>>;

const keepalivedConf = (own: string, peer: string, state: string, priority: number): string => `global_defs {
    router_id NODE_${own}
    script_user root
    enable_script_security
}
vrrp_script chk_redis {
    script "/usr/local/redis/sh/redis_check.sh 127.0.0.1 6379"
    interval 2
    timeout 2
    fall 3
}
vrrp_instance VI_1 {
    state ${state}
    interface eth0
    virtual_router_id 60
    priority ${String(priority)}
    advert_int 3
    unicast_src_ip ${own}
    unicast_peer {
        ${peer}
    }
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        10.0.0.100/24
    }
    track_script {
        chk_redis
    }
    notify_master "/usr/local/redis/sh/redis_master.sh 127.0.0.1 ${peer} 6379"
    notify_backup "/usr/local/redis/sh/redis_backup.sh 127.0.0.1 ${peer} 6379"
    notify_fault "/usr/local/redis/sh/redis_fault.sh"
}
`;

const redisConf = (peer: string): string => `bind 0.0.0.0
port 6379
requirepass secret
masterauth secret
replicaof ${peer} 6379
repl-backlog-size 64mb
maxmemory 1gb
save 900 1
`;

export const OWN: Files = {
  'keepalived.conf': keepalivedConf('10.0.0.1', '10.0.0.2', 'MASTER', 200),
  'redis.conf': redisConf('10.0.0.2'),
};

export const PEER: Files = {
  'keepalived.conf': keepalivedConf('10.0.0.2', '10.0.0.1', 'BACKUP', 150),
  'redis.conf': redisConf('10.0.0.1'),
};

const CHECK_DEADLINE_MS = 1_200;

const handed = (directory: string, files: Files) =>
  filesHanded('--files', new Map(Object.entries(files).map(([name, text]) => [`${directory}/${name}`, text])));

export const factsOf = (own: Files, peer: Files | undefined) =>
  factsOfFiles(handed('/own', own), peer === undefined ? undefined : handed('/peer', peer), CHECK_DEADLINE_MS);

export const findingsIn = async (own: Files, peer: Files | undefined): Promise<readonly DoctorFinding[]> =>
  diagnoseFiles(await factsOf(own, peer));

/** The files with `old` replaced by `changed` in one of them. */
export const changed = (files: Files, name: string, old: string, by: string): Files => {
  const text = files[name] ?? '';
  if (!text.includes(old)) throw new Error(`there is no "${old}" in ${name}`);
  return { ...files, [name]: text.replace(old, by) };
};

/** What stands in the line that a finding names. */
export const lineOf = (files: Files, { at }: DoctorFinding): string => {
  const name = at?.file.slice(at.file.lastIndexOf('/') + 1) ?? '';
  return at === undefined || at.line === 0 ? name : (files[name]?.split('\n')[at.line - 1] ?? '').trim();
};
