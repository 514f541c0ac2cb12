#!/bin/bash
# usage: redis_master_slave.sh LOCAL PEER PORT, on the preferred master when it loses the address
LOG=/usr/local/redis/log/redis_slave.log
REDISCLI="redis-cli -h $1 -p $3"
echo "[slave]" >>$LOG
date >>$LOG
echo "Being slave..." >>$LOG 2>&1
echo "Run SLAVEOF $2 $3" >>$LOG
$REDISCLI SLAVEOF "$2" "$3" >>$LOG 2>&1
