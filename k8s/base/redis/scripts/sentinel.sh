#!/bin/sh
# A sentinel: two of the three that agree make a replica the primary, and tell whoever asks where it is.
set -eu
. "$(dirname "$0")/address.sh"
primary=$(primary)
umask 077
cat > "$STATE/sentinel.conf" <<END
bind $( [ "$NODE" = "${NODE#127.}" ] && echo '* -::*' || echo "$NODE" )
port 26379
dir $STATE
protected-mode no
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $NODE
sentinel monitor $MASTER_NAME $primary 6379 2
sentinel auth-pass $MASTER_NAME "$password"
sentinel down-after-milliseconds $MASTER_NAME ${DOWN_AFTER_MS:-5000}
sentinel failover-timeout $MASTER_NAME ${FAILOVER_TIMEOUT_MS:-30000}
sentinel parallel-syncs $MASTER_NAME 1
END
exec valkey-server "$STATE/sentinel.conf" --sentinel
