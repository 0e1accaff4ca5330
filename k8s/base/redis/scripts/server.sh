#!/bin/sh
# A Valkey server: the primary, or a replica of whoever is. It keeps nothing on disk: Redis is a cache, filled again from Kafka.
set -eu
. "$(dirname "$0")/address.sh"
primary=$(primary)
# The password goes into a file: the arguments of a process can be read by others.
umask 077
cat > "$STATE/server.conf" <<END
bind $( [ "$NODE" = "${NODE#127.}" ] && echo '* -::*' || echo "$NODE" )
port 6379
dir $STATE
save ""
appendonly no
maxmemory ${MAXMEMORY:-512mb}
# Full, it refuses and says so: an evicted call would be missing from the board without a word.
maxmemory-policy noeviction
requirepass "$password"
masterauth "$password"
replica-announce-ip $NODE
# A primary that comes back within the sentinels' patience comes back empty; its replicas keep what they have until then.
repl-diskless-load swapdb
END
if [ "$primary" != "$NODE" ]; then
    echo "replicaof $primary 6379" >> "$STATE/server.conf"
fi
exec valkey-server "$STATE/server.conf"
