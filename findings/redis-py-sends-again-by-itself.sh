#!/usr/bin/env bash
# Software: redis-py 6.1.0 of trixie (8.1.0 is the same), and 4.3.4 of bookworm, with Redis 7.0.15.
# Guess:    when the connection breaks before the reply, redis-py raises ConnectionError, and the caller decides; it cannot
#           know whether INCR was executed.
# Happens:  so it is in 4.3.4. Newer versions retry three times by default and send the command again: INCR counts twice, LPOP
#           loses an element, a pipeline is executed twice from its start. No error is raised.
# Matters:  every failover breaks connections with commands in flight. A program that counted once on Debian 12 counts twice
#           on Debian 13, without a line of its own having changed.
# Seen:     4.3.4: ConnectionError, 1; 6.1.0: INCR 2; LPOP b, a is lost; pipeline of two INCR: [2, 2]
set -euo pipefail
# shellcheck source=findings/lib.sh
source "$(dirname "$0")/lib.sh"

debian bookworm redis-{server,tools}=5:7.0.15-1~deb12u7 python3-redis=4.3.4-3 python3-{async-timeout,deprecated,wrapt,packaging}
server --appendonly no
debian trixie python3-redis=6.1.0-2
bin=$tmp/bookworm/usr/bin
cat >"$tmp/lost.py" <<'END'
import redis, socket, sys, threading

server = int(sys.argv[1])
direct = redis.Redis(port=server)
lose = False
listener = socket.create_server(("127.0.0.1", 0))


def forward(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass


# Between the client and the server: loses one reply, with its connection.
def serve(client):
    global lose
    upstream = socket.create_connection(("127.0.0.1", server))
    threading.Thread(target=forward, args=(client, upstream), daemon=True).start()
    while data := upstream.recv(65536):
        if lose:
            lose = False
            client.shutdown(socket.SHUT_RDWR)
            return
        client.sendall(data)


def accept():
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


threading.Thread(target=accept, daemon=True).start()
client = redis.Redis(port=listener.getsockname()[1], decode_responses=True)


def attempt(call):
    global lose
    client.ping()
    lose = True
    try:
        return call()
    except redis.ConnectionError as error:
        return type(error).__name__


direct.rpush("queue", "a", "b", "c")
pipeline = client.pipeline(transaction=False).incr("x").incr("y")
print(redis.__version__, attempt(lambda: client.incr("n")), attempt(lambda: client.lpop("queue")), attempt(pipeline.execute), end="; ")
print(*(int(one) for one in direct.mget("n", "x", "y")), direct.llen("queue"))
END
# trial SUITE: results, then the three counters and the length of the list.
trial() {
  cli "$port" flushall >/dev/null
  PYTHONPATH=$tmp/$1/usr/lib/python3/dist-packages python3 "$tmp/lost.py" "$port"
}
same 'redis-py of bookworm' '4.3.4 ConnectionError ConnectionError ConnectionError; 1 1 1 2' "$(trial bookworm)"
same 'redis-py of trixie' '6.1.0 2 b [2, 2]; 2 2 2 1' "$(trial trixie)"
