#!/bin/bash
# usage: redis_master_master.sh LOCAL PEER PORT, on the preferred master when it gets the address
LOG=/usr/local/redis/log/redis_master.log
HOST=$1 PEER=$2 PORT=$3
redis() { redis-cli -h "$HOST" -p "$PORT" "$@"; }
echo "[master]" >>$LOG
date >>$LOG
echo "Being master..." >>$LOG 2>&1
echo "Run SLAVEOF $PEER $PORT" >>$LOG
redis SLAVEOF "$PEER" "$PORT" >>$LOG 2>&1
sleep 10 # wait until the data of the other node is here
echo "Run SLAVEOF NO ONE" >>$LOG
redis SLAVEOF NO ONE >>$LOG 2>&1
