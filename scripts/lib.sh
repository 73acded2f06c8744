# Shared by the scripts in this folder; sourced, not run. Knows where things are and how a JVM is started here.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mvn=${MVN:-mvn}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

# Where scripts/cluster keeps its nodes unless told otherwise.
default_data="$root/.fencekv/cluster"

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

usage_error() {
  printf '%s: %s; see %s --help\n' "$(basename "$0")" "$*" "$0" >&2
  exit 2
}

# Only --help may follow a script that takes nothing else.
no_arguments() {
  case ${1:-} in
    '') ;;
    -h | --help) help_from_header; exit 0 ;;
    *) usage_error "does not know $1" ;;
  esac
}

# Prints the comment block at the top of the script that calls it.
help_from_header() {
  sed -n '2,/^[^#]/{s/^# \{0,1\}//p;}' "$0"
}

# The JVM flags of a server, one a line: what it needs, and how we run it. JVM_OPTS comes after them and wins.
server_jvm_flags() {
  grep -h -v -e '^#' -e '^$' "$root/scripts/jvm.options" "$root/scripts/server.options"
}

# The JVM flags of a load generator: a heap that never grows, so that its collector is as good as absent.
bench_jvm_flags=(-Xms1g -Xmx1g -XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED
  --sun-misc-unsafe-memory-access=allow -Dslf4j.internal.verbosity=ERROR)

# Builds what can be run, without the tests, if it is not there or older than the sources.
build_if_needed() {
  local jar="$root/bench/target/bench.jar"
  # Not below target: to look at all that tests leave there takes longer than what is run may take.
  if [ ! -f "$jar" ] || [ -n "$(find "$root"/pom.xml "$root"/{kv-client,kv-server,bench}/{pom.xml,src/main} \
      -newer "$jar" -print -quit)" ]; then
    echo "building (once; a few minutes on a fresh machine)" >&2
    (cd "$root" && "$mvn" -q -B package -DskipTests -Dspotless.check.skip >&2) || die "the build failed; see above"
    touch "$jar"
  fi
}

# Class path of a module that was built: its jar and its libraries.
class_path() {
  local module=$1
  [ -f "$root/$module/target/$module.jar" ] || die "$module is not built: run scripts/build first"
  printf '%s' "$root/$module/target/$module.jar:$root/$module/target/lib/*"
}

# Field 22 of /proc/PID/stat: with the pid it names one process for ever, also once the pid is used again. Fails if it
# has ended, also if nobody has taken note of that yet (state Z).
start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- $stat
  [ "$1" != Z ] || return 1
  printf '%s' "${20}"
}

# Writes pid and start time of a process that we started.
write_pid_file() {
  printf '%s %s\n' "$1" "$(start_time "$1")" > "$2"
}

# Prints the pid in a pid file if that very process still runs.
live_pid() {
  local pid started
  [ -f "$1" ] || return 1
  read -r pid started < "$1" || return 1
  [ -n "$started" ] && [ "$(start_time "$pid")" = "$started" ] || return 1
  printf '%s' "$pid"
}
