# What is there, and what an apply would change.
drift=
add() { drift="${drift:+$drift,}{\"part\":\"$1\",\"action\":\"$2\",\"reason\":\"$3\"}"; }

version=
if command -v dockerd >/dev/null 2>&1; then
  version=$(dockerd --version | sed -n 's/^Docker version \([0-9A-Za-z.+~-]*\).*/\1/p')
  package=installed
else
  package=missing
  add package/docker create 'is not installed'
fi
if systemctl is-active --quiet docker 2>/dev/null; then service=running; health=healthy
else service=stopped; health=unhealthy; add service/docker update 'does not run'; fi
wanted=$(printf '{"log-driver":"json-file","log-opts":{"max-size":"%s","max-file":"3"}}' "$DOCKER_LOG_MAX_SIZE")
if [ -e /etc/docker/klevr.managed ] && [ "$(cat /etc/docker/daemon.json 2>/dev/null || true)" != "$wanted" ]; then
  add file/daemon.json update 'was changed'
fi
cat > "$KLEVR_OUTPUT" <<END
{"parts":[{"part":"package/docker","state":"$package"},{"part":"service/docker","state":"$service"}],
 "drift":[$drift],
 "health":[{"name":"docker","state":"$health","message":"the service is $service"}],
 "outputs":{"version":"$version"}}
END
