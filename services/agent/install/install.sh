#!/bin/sh
# Makes this host join a Klevr zone, and keeps its agent up to date: the whole of it runs again at each call. With --worker it installs a worker of the
# provisioner in its place; a host can have both.
#
# Promises: nothing is installed unless its SHA-256 is the one that the server tells; every file appears whole or not at all; an agent that has joined
# keeps its identity and its settings; two calls at once follow one another; the join token is in no argument list and in no file once the host has joined.
# Does not: install Node.js, or prove who the server is (that is for https).
#
# Ends with 0, or: 64 wrong use, 69 download failed, 73 a file cannot be written, 75 not now (another installation runs; not joined in time), 76 wrong
# checksum, 77 not permitted, 78 no usable Node.js or setting.
set -eu

# The server puts its own address here.
served_from='@KLEVR_SERVER_URL@'

usage() {
  cat <<'END'
Usage: install.sh [options]
  --token TOKEN       the join token; better in the environment, as KLEVR_JOIN_TOKEN
  --server URL        the server (default: the one that this script comes from)
  --ca FILE           the certificate of the server's authority, where no public one has signed the server's
  --dir DIR           where the program goes (/usr/local/lib/klevr; as an ordinary user ~/.local/share/klevr)
  --state-dir DIR     where the agent keeps its identity and journal (/var/lib/klevr; ~/.local/share/klevr/state)
  --worker            install a worker, which provisions, and not an agent; its join token is of that kind
  --beacon-port PORT  the port of the agent's local status page (18800)
  --foreground        no service: run the agent here and now
  --no-start          install only
  --uninstall         stop the agent and remove it; its identity and journal stay
  --purge             with --uninstall: remove those as well
KLEVR_NODE names the Node.js to use where it is not the one in PATH.
Running it again upgrades the agent. The identity and the settings stay.
END
}

say() { printf 'klevr: %s\n' "$*"; }

fail() {
  code=$1
  shift
  printf 'klevr: %s\n' "$*" >&2
  exit "$code"
}

# A fifth of a second, where the shell's host has that.
moment() { sleep 0.2 2>/dev/null || sleep 1; }

have() { command -v "$1" >/dev/null 2>&1; }

read_arguments() {
  token=${KLEVR_JOIN_TOKEN-} server=${KLEVR_SERVER_URL-} ca=${KLEVR_CA_FILE-} dir='' state_dir='' beacon_port=''
  what=agent foreground=no start=yes uninstall=no purge=no
  while [ $# -gt 0 ]; do
    case $1 in
      --token | --server | --ca | --dir | --state-dir | --beacon-port)
        [ $# -ge 2 ] || fail 64 "$1 needs a value (--help tells all)"
        case $1 in
          --token) token=$2 ;;
          --server) server=$2 ;;
          --ca) ca=$2 ;;
          --dir) dir=$2 ;;
          --state-dir) state_dir=$2 ;;
          --beacon-port) beacon_port=$2 ;;
        esac
        shift
        ;;
      --worker) what=worker ;;
      --foreground) foreground=yes ;;
      --no-start) start=no ;;
      --uninstall) uninstall=yes ;;
      --purge) purge=yes ;;
      --help | -h) usage && exit 0 ;;
      *) fail 64 "unknown argument: $1 (--help tells all)" ;;
    esac
    shift
  done
  # From here on no program that is called has it in its environment, but for the agent itself.
  unset KLEVR_JOIN_TOKEN
  [ -n "$server" ] || case $served_from in @*) ;; *) server=$served_from ;; esac
  server=${server%/}
}

# What is written into the settings and the unit has to mean there what it means here.
check_arguments() {
  faults=''
  case $server in
    *[!A-Za-z0-9:/._~%?=+@,\[\]-]*) faults="$faults; --server has characters that an address does not have" ;;
    http://?* | https://?*) ;;
    '') [ $uninstall = yes ] || faults="$faults; --server is missing" ;;
    *) faults="$faults; --server must be an http or https address" ;;
  esac
  case $token in *[!A-Za-z0-9._~-]*) faults="$faults; --token has characters that no join token has" ;; esac
  case $beacon_port in
    '') ;;
    *[!0-9]* | ??????*) faults="$faults; --beacon-port must be a number up to 65535" ;;
    *) [ "$beacon_port" -le 65535 ] || faults="$faults; --beacon-port must be a number up to 65535" ;;
  esac
  check_folder --ca "$ca"
  [ -z "$ca" ] || grep -q -e '-----BEGIN CERTIFICATE-----' "$ca" 2>/dev/null || faults="$faults; --ca must be a file with a PEM certificate"
  check_folder --dir "$dir"
  check_folder --state-dir "$state_dir"
  [ $purge = no ] || [ $uninstall = yes ] || faults="$faults; --purge goes with --uninstall"
  [ -z "$faults" ] || fail 64 "${faults#; } (--help tells all)"
}

check_folder() {
  case $2 in
    '') ;;
    *[!A-Za-z0-9/._@+-]* | */../* | */..) faults="$faults; $1 may have letters, digits and / . _ @ + - only, and no .." ;;
    /?*) ;;
    *) faults="$faults; $1 must be an absolute path" ;;
  esac
}

find_places() {
  suffix='' notices=THIRD_PARTY_NOTICES.txt
  [ $what = agent ] || suffix=-$what notices=THIRD_PARTY_NOTICES.$what.txt
  if [ "$(id -u)" = 0 ]; then
    default_dir=/usr/local/lib/klevr default_state_dir=/var/lib/klevr$suffix
    settings=/etc/klevr/$what.env unit=/etc/systemd/system/klevr-$what.service wanted_by=multi-user.target
    sleep_hook=/usr/lib/systemd/system-sleep/klevr-$what
    manager='systemctl'
    [ -d /run/systemd/system ] && have systemctl || manager=''
  else
    [ -d "${HOME-}" ] || fail 77 "you have no home folder: set HOME, or do this as root"
    default_dir=$HOME/.local/share/klevr default_state_dir=$HOME/.local/share/klevr/state$suffix
    settings=${XDG_CONFIG_HOME:-$HOME/.config}/klevr/$what.env wanted_by=default.target
    unit=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/klevr-$what.service sleep_hook=''
    manager='systemctl --user'
    { have systemctl && systemctl --user show-environment >/dev/null 2>&1; } || manager=''
    check_folder 'the path of your home folder' "$HOME"
    check_folder XDG_CONFIG_HOME "${XDG_CONFIG_HOME-}"
    [ -z "$faults" ] || fail 64 "${faults#; }"
  fi
  [ $foreground = no ] || [ $uninstall = yes ] || manager=''
  # Where it was put the last time.
  dir=${dir:-$(kept KLEVR_PROGRAM_DIR)} state_dir=${state_dir:-$(kept KLEVR_AGENT_DIR)}
  dir=${dir:-$default_dir} state_dir=${state_dir:-$default_state_dir}
  kept_ca=${settings%/*}/ca$suffix.pem
  program=$dir/klevr-$what.mjs starter=$dir/klevr-$what pid_file=$dir/$what.pid
}

find_node() {
  cure='install Node.js 20.19 or newer (https://nodejs.org/en/download), or name one with KLEVR_NODE=/path/to/node, and paste the command again'
  node=${KLEVR_NODE:-$(command -v node || command -v nodejs || true)}
  [ -n "$node" ] || fail 78 "Node.js is not installed: $cure"
  [ -x "$node" ] || fail 78 "$node is no program: $cure"
  check_folder KLEVR_NODE "$node"
  [ -z "$faults" ] || fail 64 "${faults#; }"
  version=$("$node" --version 2>/dev/null) || fail 78 "$node does not run here: $cure"
  major=${version#v} minor=${version#*.}
  major=${major%%.*} minor=${minor%%.*}
  case $major$minor in '' | *[!0-9]*) fail 78 "$node tells no version: $cure" ;; esac
  [ "$major" -gt 20 ] || { [ "$major" = 20 ] && [ "$minor" -ge 19 ]; } || fail 78 "$node is $version, too old: $cure"
  # Spares about 10 of 70 MB; not every version has to know it.
  node_options='--optimize-for-size'
  "$node" $node_options -e 0 2>/dev/null || node_options=''
}

# mkdir succeeds for one alone. What a killed installation left is taken over by whoever renames it.
lock() {
  lock_folder=$dir/.installing
  mkdir -p "$dir" 2>/dev/null || fail 77 "$dir cannot be made: do this as root, or name another place with --dir"
  waited=0
  until mkdir "$lock_folder" 2>/dev/null; do
    [ -w "$dir" ] || fail 77 "$dir cannot be written to: do this as root, or name another place with --dir"
    holder=$(cat "$lock_folder/pid" 2>/dev/null || true)
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null && mkdir "$lock_folder/over" 2>/dev/null; then
      # Whoever takes it over looks again: another one may have done so meanwhile, and this would be its lock.
      if [ "$(cat "$lock_folder/pid" 2>/dev/null || true)" = "$holder" ]; then rm -rf "$lock_folder"; else rmdir "$lock_folder/over" 2>/dev/null || true; fi
      continue
    fi
    [ $waited -lt 120 ] || fail 75 "another installation${holder:+ (process $holder)} has been running for two minutes; if there is none, remove $lock_folder"
    waited=$((waited + 1))
    sleep 1
  done
  trap unlock EXIT
  trap 'exit 75' HUP INT TERM
  echo $$ >"$lock_folder/pid"
  work=$lock_folder
}

unlock() {
  rm -rf "$lock_folder"
  rmdir "$dir" 2>/dev/null || true
}

# download PATH FILE; curl waits as long as a server says that is asked by many hosts at once
download() {
  if have curl; then
    curl -fsS ${ca:+--cacert "$ca"} --connect-timeout 15 --max-time 600 --retry 5 --retry-max-time 300 -o "$2" "$server$1" && return
  fi
  if have wget; then
    wget -q ${ca:+--ca-certificate="$ca"} -T 60 -O "$2" "$server$1" && return
  fi
  # shellcheck disable=SC2016
  NODE_EXTRA_CA_CERTS=${ca:-${NODE_EXTRA_CA_CERTS-}} "$node" -e 'const [url, file] = process.argv.slice(1);
    fetch(url, { signal: AbortSignal.timeout(600_000) })
      .then(async (answer) => {
        if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
        require("node:fs").writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
      })
      .catch((error) => { console.error(error.message, error.cause?.message ?? ""); process.exit(1); });' "$server$1" "$2" && return
  fail 69 "$server$1 cannot be downloaded"
}

checksum_of() {
  if have sha256sum; then
    sha256sum <"$1" | cut -d ' ' -f 1
  elif have shasum; then
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  else
    "$node" -e 'console.log(require("node:crypto").createHash("sha256").update(require("node:fs").readFileSync(process.argv[1])).digest("hex"))' "$1"
  fi
}

install_program() {
  # That of before, where none is named now.
  ca=${ca:-$(kept KLEVR_CA_FILE)}
  download "/downloads/klevr-$what.mjs.sha256" "$work/checksum"
  read -r expected _ <"$work/checksum" || true
  case $expected in *[!0-9a-f]* | '') fail 76 "$server tells no checksum of the $what" ;; esac
  [ ${#expected} = 64 ] || fail 76 "$server tells no checksum of the $what"
  if [ -f "$program" ] && [ "$(checksum_of "$program")" = "$expected" ]; then
    say "the $what is up to date (version $("$node" "$program" --version))"
    return
  fi
  download "/downloads/klevr-$what.mjs" "$work/program"
  actual=$(checksum_of "$work/program")
  [ "$actual" = "$expected" ] || fail 76 "the download is not what the server says it is: its SHA-256 is $actual, not $expected; nothing was changed"
  download "/downloads/$notices" "$work/notices"
  mv "$work/program" "$work/klevr-$what.mjs"
  version=$("$node" "$work/klevr-$what.mjs" --version) || fail 78 "the $what does not run with $node; nothing was changed"
  put "$work/notices" "$dir/$notices" 644
  put "$work/klevr-$what.mjs" "$program" 644
  say "installed the $what as $program (version $version)"
}

# put FILE PLACE MODE: in one step, and only where it differs; sets changed.
put() {
  if [ -f "$2" ] && [ "$(checksum_of "$1")" = "$(checksum_of "$2")" ]; then return; fi
  changed=yes
  { (umask 077 && cp "$1" "$2.new") && chmod "$3" "$2.new" && mv -f "$2.new" "$2"; } || fail 73 "$2 cannot be written"
}

# The settings of before, but for those that were named now. The token stands there while somebody else than this script is to start the agent with it.
write_settings() {
  keep_token=$1
  ! has_joined || keep_token=no
  mkdir -p "${settings%/*}" 2>/dev/null || fail 73 "${settings%/*} cannot be made"
  (umask 077 && : >"$work/settings")
  setting KLEVR_SERVER_URL "$server"
  if [ -n "$ca" ] && [ "$ca" != "$kept_ca" ]; then put "$ca" "$kept_ca" 644; fi
  [ -z "$ca" ] || setting KLEVR_CA_FILE "$kept_ca"
  setting KLEVR_AGENT_DIR "$state_dir"
  setting KLEVR_PROGRAM_DIR "$dir"
  setting KLEVR_BEACON_PORT "$beacon_port"
  if [ "$keep_token" = yes ]; then setting KLEVR_JOIN_TOKEN "$token"; fi
  if [ -f "$settings" ]; then
    while read -r line; do
      case $line in KLEVR_JOIN_TOKEN=*) [ "$keep_token" = yes ] || continue ;; esac
      grep -q "^${line%%=*}=" "$work/settings" || printf '%s\n' "$line" >>"$work/settings"
    done <"$settings"
  fi
  put "$work/settings" "$settings" 600
}

setting() { [ -z "$2" ] || printf '%s="%s"\n' "$1" "$2" >>"$work/settings"; }

kept() { [ ! -f "$settings" ] || sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" "$settings" | tail -n 1; }

has_joined() { [ -f "$state_dir/identity.json" ]; }

agent_id() { sed -n 's/.*"agentId": *"\([^"]*\)".*/\1/p' "$state_dir/identity.json" | head -n 1; }

write_starter() {
  cat >"$work/starter" <<END
#!/bin/sh
# Starts the Klevr $what with its settings; --help, --version and --check tell about it.
set -a
. '$settings'
set +a
[ \$# -gt 0 ] || [ -n "\${KLEVR_AS_SERVICE-}" ] || echo \$\$ >'$pid_file'
exec '$node' $node_options '$program' "\$@"
END
  put "$work/starter" "$starter" 755
}

write_unit() {
  download "/downloads/klevr-$what.service" "$work/template"
  sed -e 1d -e "s|@START@|$starter|" -e "s|@WANTED_BY@|$wanted_by|" "$work/template" >"$work/unit"
  if [ "$wanted_by" = default.target ]; then
    sed -e '/^OOMScoreAdjust=/d' "$work/unit" >"$work/template"
    mv -f "$work/template" "$work/unit"
  fi
  mkdir -p "${unit%/*}" || fail 73 "${unit%/*} cannot be made"
  put "$work/unit" "$unit" 644
  [ -z "$sleep_hook" ] || write_sleep_hook
}

# A host that says that it goes to sleep is not taken for lost. A service of a user hears of no sleep; there the gap of the clocks tells afterwards.
write_sleep_hook() {
  cat >"$work/sleep-hook" <<END
#!/bin/sh
case \$1 in
  pre) systemctl kill --signal=USR2 --kill-who=main klevr-$what.service && sleep 0.5 ;;
  post) systemctl kill --signal=CONT --kill-who=main klevr-$what.service ;;
esac
END
  mkdir -p "${sleep_hook%/*}" || fail 73 "${sleep_hook%/*} cannot be made"
  put "$work/sleep-hook" "$sleep_hook" 755
}

start_service() {
  $manager daemon-reload
  $manager enable --quiet "klevr-$what.service"
  if [ $changed = yes ] || ! $manager --quiet is-active "klevr-$what.service"; then
    $manager restart "klevr-$what.service" || fail 75 "the service does not start: see $manager status klevr-$what"
  fi
  if [ "$manager" != systemctl ] && have loginctl && ! loginctl enable-linger >/dev/null 2>&1; then
    say "the $what ends when you sign out: 'loginctl enable-linger' is not permitted here"
  fi
  wait_for_join
  write_settings no
  ! grep -q '"userJwt": *null' "$state_dir/identity.json" || say "an operator has to approve this $what before it can do anything"
  say "this host is $(agent_id); $manager status klevr-$what tells how it is"
}

wait_for_join() {
  waited=0
  until has_joined; do
    if [ $waited -ge 150 ] || $manager --quiet is-failed "klevr-$what.service"; then
      # shellcheck disable=SC2086
      journalctl ${manager#systemctl} -u "klevr-$what.service" -n 5 -o cat >&2 2>/dev/null || true
      fail 75 "the $what is installed, but this host has not joined: see $manager status klevr-$what"
    fi
    waited=$((waited + 1))
    moment
  done
}

# The process that runs in the foreground somewhere, if it does.
running_pid() {
  pid=$(cat "$pid_file" 2>/dev/null) || return 0
  case $pid in '' | *[!0-9]*) return 0 ;; esac
  kill -0 "$pid" 2>/dev/null || return 0
  # The number may belong to somebody else by now.
  if [ -d /proc/self ]; then
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "klevr-$what" || return 0
  fi
  echo "$pid"
}

stop_running() {
  pid=$(running_pid)
  [ -n "$pid" ] || return 0
  say "stopping the $what (process $pid)"
  kill -TERM "$pid" 2>/dev/null || true
  waited=0
  while [ "$(running_pid)" = "$pid" ]; do
    [ $waited -lt 75 ] || kill -KILL "$pid" 2>/dev/null || true
    waited=$((waited + 1))
    moment
  done
  rm -f "$pid_file"
}

run_here() {
  pid=$(running_pid)
  if [ $changed = no ] && [ -n "$pid" ]; then
    say "it runs already (process $pid)"
    exit 0
  fi
  stop_running
  say "it runs here until you press Ctrl-C; $starter starts it again"
  echo $$ >"$pid_file"
  if ! has_joined && [ -n "$token" ]; then
    KLEVR_JOIN_TOKEN=$token
    export KLEVR_JOIN_TOKEN
  fi
  trap - EXIT HUP INT TERM
  unlock
  exec "$starter"
}

install() {
  check_token
  changed=no
  install_program
  if [ -n "$manager" ] || [ $start = no ]; then write_settings yes; else write_settings no; fi
  write_starter
  [ -z "$manager" ] || write_unit
  if [ $start = no ]; then
    [ -z "$manager" ] || $manager daemon-reload
    say "not started, as you said: $starter starts it${manager:+, or $manager enable --now klevr-$what}"
  elif [ -n "$manager" ]; then
    stop_running
    start_service
  else
    run_here
  fi
}

check_token() {
  if has_joined; then
    [ -z "$token" ] || say "this host has joined already as $(agent_id): it stays that; to join anew, run this with --uninstall --purge first"
    token=''
  elif [ -z "$token" ] && [ -z "$(kept KLEVR_JOIN_TOKEN)" ]; then
    fail 64 'this host has not joined yet: a join token is needed (--token, or KLEVR_JOIN_TOKEN)'
  fi
}

uninstall() {
  if [ -n "$manager" ] && [ -f "$unit" ]; then $manager disable --quiet --now "klevr-$what.service" || true; fi
  rm -f "$unit" "${unit%/*}/$wanted_by.wants/klevr-$what.service"
  [ -z "$sleep_hook" ] || rm -f "$sleep_hook"
  [ -z "$manager" ] || $manager daemon-reload || true
  stop_running
  rm -f "$program" "$starter" "$pid_file" "$dir/$notices" "$settings" "$kept_ca"
  rmdir "${settings%/*}" 2>/dev/null || true
  if [ $purge = yes ]; then
    # By name: whatever else somebody keeps in that folder is not ours.
    for one in identity.json seed sealing-key leases journal logs runs refused-facts removed worker; do
      rm -rf "${state_dir:?}/$one" "${state_dir:?}/$one".* "${state_dir:?}/$one"-*
    done
    rmdir "$state_dir" 2>/dev/null || [ ! -e "$state_dir" ] || say "$state_dir stays: it holds other files"
    say "the $what and its state are gone"
  elif has_joined; then
    say "the $what is gone; its identity and journal stay in $state_dir (--purge removes them)"
  else
    say "the $what is gone"
  fi
}

main() {
  read_arguments "$@"
  check_arguments
  find_places
  if [ $uninstall = yes ]; then
    lock
    uninstall
  else
    find_node
    lock
    install
  fi
}

# At the very end: of a script that was cut short, nothing is done.
main "$@"
