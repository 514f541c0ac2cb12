#!/bin/bash
# The kind of script that articles of this family print: the yardstick of the benchmark, not an example to follow.
# usage: redis_check.sh HOST PORT
LOG=/usr/local/redis/log/redis_check.log
ALIVE=$(redis-cli -h "$1" -p "$2" PING)
echo "[CHECK]" >>$LOG
date >>$LOG
if [ "$ALIVE" == "PONG" ]; then
  echo "Success: redis-cli -h $1 -p $2 PING $ALIVE" >>$LOG 2>&1
  exit 0
else
  echo "Failed: redis-cli -h $1 -p $2 PING $ALIVE" >>$LOG 2>&1
  exit 1
fi
