# What an apply would change on this host. Touches nothing.
changes=
add() { changes="${changes:+$changes,}{\"part\":\"$1\",\"action\":\"$2\"}"; }

if command -v dockerd >/dev/null 2>&1; then add package/docker none; else add package/docker create; fi

wanted=$(printf '{"log-driver":"json-file","log-opts":{"max-size":"%s","max-file":"3"}}' "$DOCKER_LOG_MAX_SIZE")
if [ ! -e /etc/docker/daemon.json ]; then add file/daemon.json create
elif [ "$(cat /etc/docker/daemon.json)" = "$wanted" ]; then add file/daemon.json none
# Somebody else's settings are left alone.
elif [ ! -e /etc/docker/klevr.managed ]; then add file/daemon.json keep
else add file/daemon.json update; fi

if systemctl is-active --quiet docker 2>/dev/null; then add service/docker none; else add service/docker update; fi
printf '[%s]' "$changes" > "$KLEVR_OUTPUT"
