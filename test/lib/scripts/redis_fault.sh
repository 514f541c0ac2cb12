#!/bin/bash
LOG=/usr/local/redis/log/redis_fault.log
echo "[fault]" >>$LOG
date >>$LOG
