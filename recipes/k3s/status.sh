# What is there, and what an apply would change.
drift=
add() { drift="${drift:+$drift,}{\"part\":\"$1\",\"action\":\"$2\",\"reason\":\"$3\"}"; }
bin=/usr/local/bin/k3s
if [ ! -x "$bin" ]; then program=missing; add program/k3s create 'is not there'
elif printf '%s  %s\n' "$CLUSTER_SHA256" "$bin" | sha256sum -c --status - 2>/dev/null; then program=current
else program=other; add program/k3s update 'is another one'; fi
state=$(systemctl is-active klevr-k3s 2>/dev/null || true)
case $state in
  active) health=healthy ;;
  activating) health=starting ;;
  *) health=unhealthy; state=${state:-missing}; add service/k3s update "is $state" ;;
esac
role=agent
[ "$(uname -n)" != "$CLUSTER_SERVER" ] || role=server
cat > "$KLEVR_OUTPUT" <<END
{"parts":[{"part":"program/k3s","state":"$program"},{"part":"service/k3s","state":"$state"}],"drift":[$drift],
 "health":[{"name":"k3s","state":"$health","message":"the service is $state"}],"outputs":{"role":"$role"}}
END
