#!/bin/bash
# usage: redis_master_master.sh LOCAL PEER PORT, on the preferred master when it gets the address
LOG=/usr/local/redis/log/redis_master.log
REDISCLI="redis-cli -h $1 -p $3"
echo "[master]" >>$LOG
date >>$LOG
echo "Being master..." >>$LOG 2>&1
echo "Run SLAVEOF $2 $3" >>$LOG
$REDISCLI SLAVEOF "$2" "$3" >>$LOG 2>&1
sleep 10 # wait until the data of the other node is here
echo "Run SLAVEOF NO ONE" >>$LOG
$REDISCLI SLAVEOF NO ONE >>$LOG 2>&1
