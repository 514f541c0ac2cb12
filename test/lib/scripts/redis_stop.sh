#!/bin/bash
LOG=/usr/local/redis/log/redis_stop.log
echo "[stop]" >>$LOG
date >>$LOG
