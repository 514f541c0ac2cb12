#!/bin/bash
# usage: redis_backup_master.sh LOCAL PEER PORT, on the backup when it gets the address
LOG=/usr/local/redis/log/redis_master.log
REDISCLI="redis-cli -h $1 -p $3"
echo "[master]" >>$LOG
date >>$LOG
echo "Being master..." >>$LOG 2>&1
echo "Run SLAVEOF NO ONE" >>$LOG
$REDISCLI SLAVEOF NO ONE >>$LOG 2>&1
