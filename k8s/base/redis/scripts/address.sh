# Sourced by both programs of a pod: who this pod is, who the first one is, and who is the primary now.
# NODE and PEERS can be set for a run outside of a cluster.
: "${NODE:=$(hostname).redis}"
: "${PEERS:=redis-0.redis redis-1.redis redis-2.redis}"
: "${PASSWORD_FILE:=/etc/tonewatch/redis/password}"
: "${STATE:=/tmp}"
MASTER_NAME=tonewatch
first=${PEERS%% *}
# As it stands between quotes in a file of settings.
password=$(sed 's/\\/\\\\/g; s/"/\\"/g' "$PASSWORD_FILE")

# The primary as the sentinels of the other pods know it. Nobody answers: this is a beginning, and the first pod is.
primary() {
    for peer in $PEERS; do
        found=$(timeout 2 valkey-cli -h "$peer" -p 26379 --no-auth-warning sentinel get-master-addr-by-name "$MASTER_NAME" 2>/dev/null | head -n 1)
        case $found in
            "" | *" "*) ;;
            *) echo "$found"; return ;;
        esac
    done
    echo "$first"
}
