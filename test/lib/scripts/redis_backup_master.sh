#!/bin/bash
# usage: redis_backup_master.sh LOCAL PEER PORT, on the backup when it gets the address
LOG=/usr/local/redis/log/redis_master.log
HOST=$1 PORT=$3
redis() { redis-cli -h "$HOST" -p "$PORT" "$@"; }
echo "[master]" >>$LOG
date >>$LOG
echo "Being master..." >>$LOG 2>&1
echo "Run SLAVEOF NO ONE" >>$LOG
redis SLAVEOF NO ONE >>$LOG 2>&1
