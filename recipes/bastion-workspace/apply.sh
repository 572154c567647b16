# Makes the user and what belongs to it. May run again after it was cut off anywhere.
[ "$(id -u)" = 0 ] || { echo 'the agent must run as root to make users' >&2; exit 1; }
mark=/var/lib/klevr-workspace/$WORKSPACE_USER

if id "$WORKSPACE_USER" >/dev/null 2>&1; then
  [ "$(cat "$mark" 2>/dev/null)" = "$KLEVR_RESOURCE_ID" ] || { echo "$WORKSPACE_USER is somebody else's" >&2; exit 1; }
else
  install -d -m 700 /var/lib/klevr-workspace
  printf %s "$KLEVR_RESOURCE_ID" > "$mark"
  useradd --create-home --shell /bin/bash --user-group "$WORKSPACE_USER"
fi

missing=
for package in $WORKSPACE_PACKAGES; do
  if command -v dpkg >/dev/null 2>&1; then dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
  else rpm -q "$package" >/dev/null 2>&1 || missing="$missing $package"; fi
done
if [ -n "$missing" ]; then
  # Names of packages have no blanks and no signs that mean something to a shell: the recipe's schema says so.
  if command -v apt-get >/dev/null 2>&1; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
  else dnf install -y -q $missing; fi
fi

home=$(getent passwd "$WORKSPACE_USER" | cut -d: -f6)
install -d -m 700 -o "$WORKSPACE_USER" -g "$WORKSPACE_USER" "$home/.ssh"
put() { # file, from standard input
  cat > "$home/.ssh/$1.new"
  chmod 600 "$home/.ssh/$1.new"
  chown "$WORKSPACE_USER:$WORKSPACE_USER" "$home/.ssh/$1.new"
  mv "$home/.ssh/$1.new" "$home/.ssh/$1"
}
printf '%s\n' "$WORKSPACE_KEYS" | put authorized_keys
if [ -n "${WORKSPACE_PRIVATE_KEY:-}" ]; then put id_klevr < "$WORKSPACE_PRIVATE_KEY"; else rm -f "$home/.ssh/id_klevr"; fi
