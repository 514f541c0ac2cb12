#!/bin/bash
# usage: redis_master_slave.sh LOCAL PEER PORT, on the preferred master when it loses the address
LOG=/usr/local/redis/log/redis_slave.log
HOST=$1 PEER=$2 PORT=$3
redis() { redis-cli -h "$HOST" -p "$PORT" "$@"; }
echo "[slave]" >>$LOG
date >>$LOG
echo "Being slave..." >>$LOG 2>&1
echo "Run SLAVEOF $PEER $PORT" >>$LOG
redis SLAVEOF "$PEER" "$PORT" >>$LOG 2>&1
