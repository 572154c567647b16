# The user goes; its folder stays unless data shall go too. Packages stay, as others may use them.
mark=/var/lib/klevr-workspace/$WORKSPACE_USER
[ "$(cat "$mark" 2>/dev/null)" = "$KLEVR_RESOURCE_ID" ] || { echo "there is no user $WORKSPACE_USER of this resource"; exit 0; }
if id "$WORKSPACE_USER" >/dev/null 2>&1; then
  home=$(getent passwd "$WORKSPACE_USER" | cut -d: -f6)
  rm -f "$home/.ssh/authorized_keys" "$home/.ssh/id_klevr"
  pkill -KILL -u "$WORKSPACE_USER" || true
  if [ "$KLEVR_DELETE_DATA" = true ]; then userdel --remove "$WORKSPACE_USER"; else userdel "$WORKSPACE_USER"; fi
fi
rm -f "$mark"
