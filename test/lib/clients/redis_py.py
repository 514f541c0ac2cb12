"""Clients of redis-py: the same jobs as process.ts has, a thread each, since each command waits for its answer.

argv: the options as JSON. stdout: messages (protocol.ts). stdin: `end` asks for the accounts, its end is the end.
"""

import json
import os
import sys
import threading
import time

import redis

QUIET_MS = 50
BEAT_MS = 200
BATCH_EVERY_S = 0.05
# What an application that goes on after an error waits, so that it does not spin.
AFTER_ERROR_S = 0.02
LAST_ANSWERS_S = 2

options = json.loads(sys.argv[1])
prefix = options["prefix"]
over = threading.Event()
printing = threading.Lock()


def now_ms():
    return time.monotonic() * 1000


def say(**message):
    with printing:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


class Worker:
    def __init__(self, client, job):
        self.client, self.job = client, job
        self.answered_ms, self.told_ms = now_ms(), 0

    def tell(self, kind, **more):
        say(kind=kind, atMs=now_ms(), client=self.client, job=self.job, **more)

    def answered(self):
        at_ms = now_ms()
        if at_ms - self.answered_ms >= QUIET_MS or at_ms - self.told_ms >= BEAT_MS:
            self.tell("answered", fromMs=self.answered_ms)
            self.told_ms = at_ms
        self.answered_ms = at_ms

    def ended(self):
        self.tell("unanswered", fromMs=self.answered_ms)

    def failed(self, error):
        self.tell("error", text=f"{type(error).__name__}: {error}")

    def heard(self, text):
        self.tell("heard", text=text)


def connect():
    client = redis.Redis(host=options["host"], port=options["port"], decode_responses=True)
    client.ping()
    return client


class Writer:
    def __init__(self, client):
        self.worker = Worker(client, "writer")
        self.sent, self.acked = 0, []
        self.redis = connect()
        self.idle = threading.Event()

    def run(self):
        counts = f"{prefix}:{self.worker.client}:counts"
        due_s = time.monotonic()
        while not over.is_set():
            nth = self.sent
            self.sent += 1
            try:
                self.redis.hincrby(counts, str(nth), 1)
                self.acked.append(nth)
                self.worker.answered()
            except redis.RedisError as error:
                self.worker.failed(error)
                time.sleep(AFTER_ERROR_S)
            due_s = max(due_s + 1 / options["writesPerS"], time.monotonic() - 0.1)
            time.sleep(max(0, due_s - time.monotonic()))
        self.idle.set()

    def account(self):
        self.worker.ended()
        client = self.worker.client
        say(kind="account", client=client, sent=self.sent, acked=",".join(map(str, self.acked)))


def subscribe(client):
    worker = Worker(client, "subscriber")
    connection = connect()
    while True:
        try:
            # Another one after each error: the one that failed cannot listen again (redis-py 4.3.4).
            with connection.pubsub(ignore_subscribe_messages=True) as pubsub:
                pubsub.subscribe(f"{prefix}:channel")
                for message in pubsub.listen():
                    worker.heard(message["data"])
        except redis.RedisError as error:
            worker.failed(error)
            time.sleep(AFTER_ERROR_S)


def pop(client):
    worker = Worker(client, "popper")
    connection = connect()
    while True:
        try:
            worker.heard(connection.blpop(f"{prefix}:{client}:list", 0)[1])
        except redis.RedisError as error:
            worker.failed(error)
            time.sleep(AFTER_ERROR_S)


def batch(client):
    worker = Worker(client, "batch")
    connection = connect()
    key = f"{prefix}:{client}:batch"
    turn = 0
    while not over.is_set():
        try:
            pipeline = connection.pipeline(transaction=turn % 2 == 0)
            pipeline.incr(key).incr(key).execute()
            worker.answered()
        except redis.RedisError as error:
            worker.failed(error)
        turn += 1
        time.sleep(BATCH_EVERY_S)


def start(job, *args):
    threading.Thread(target=job, args=args, daemon=True).start()


writers = [Writer(client) for client in range(options["clients"])]
for number, writer in enumerate(writers):
    start(writer.run)
    start(subscribe, number)
    start(pop, number)
    start(batch, number)
say(kind="ready", library=f"redis-py {redis.__version__}")

for line in sys.stdin:
    if line.strip() == "end":
        over.set()
        until_s = time.monotonic() + LAST_ANSWERS_S
        for writer in writers:
            writer.idle.wait(max(0, until_s - time.monotonic()))
            writer.account()
        sys.stdout.flush()
        os._exit(0)
os._exit(1)
