# What is there, and what an apply would change.
drift=
add() { drift="${drift:+$drift,}{\"part\":\"$1\",\"action\":\"$2\"}"; }

home=
if id "$WORKSPACE_USER" >/dev/null 2>&1; then
  user=present
  home=$(getent passwd "$WORKSPACE_USER" | cut -d: -f6)
else
  user=missing
  add "user/$WORKSPACE_USER" create
fi
if [ -n "$home" ] && [ "$(cat "$home/.ssh/authorized_keys" 2>/dev/null || true)" = "$WORKSPACE_KEYS" ]; then keys=current
else keys=other; add file/authorized_keys update; fi
for package in $WORKSPACE_PACKAGES; do
  if command -v dpkg >/dev/null 2>&1; then dpkg -s "$package" >/dev/null 2>&1 || add "package/$package" create
  else rpm -q "$package" >/dev/null 2>&1 || add "package/$package" create; fi
done
cat > "$KLEVR_OUTPUT" <<END
{"parts":[{"part":"user/$WORKSPACE_USER","state":"$user"},{"part":"file/authorized_keys","state":"$keys"}],
 "drift":[$drift],"outputs":{"host":"$(uname -n)","home":"$home"}}
END
