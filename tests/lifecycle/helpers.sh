# What the steps of tests/lifecycle/run are written with: the sandbox, what is seen in it, and what is expected.

application=hook-service

# sandbox VERB...: prints what was asked for; a failure ends the run with all that was said.
sandbox() {
    "$cargo_charm" sandbox --model-dir "$model_dir" "$@" 2>"$scratch/said" ||
        fail "cargo charm sandbox $*: exit code $?
$(cat "$scratch/said")"
}

# does VERB...: for what it does, not for what it prints.
does() { sandbox "$@" >"$scratch/printed"; }

# refuses TEXT VERB...: it must fail, and say this.
refuses() {
    local text=$1 said
    shift
    if said=$("$cargo_charm" sandbox --model-dir "$model_dir" "$@" 2>&1); then
        fail "cargo charm sandbox $*: expected it to fail with: $text
seen: $said"
    fi
    expect_text "sandbox $* is refused" "$text" "$said"
}

# --- What is seen ---

status() { sandbox status --format json; }
units() { status | jq -r ".applications.\"$application\".units | keys[]"; }
leader() { status | jq -r ".applications.\"$application\".units | to_entries[] | select(.value.leader).key"; }
followers() { status | jq -r ".applications.\"$application\".units | to_entries[] | select(.value.leader | not).key"; }
revision() { status | jq -r ".applications.\"$application\".\"charm-rev\""; }

# message UNIT: its status and the message.
message() {
    status | jq -r ".applications.\"$application\".units.\"$1\".\"workload-status\" | \"\(.current): \(.message)\""
}

# plan UNIT: what its Pebble is to run.
plan() { sandbox container plan "$1" --reveal --format json; }

# environment UNIT VARIABLE: what its workload gets.
environment() { plan "$1" | jq -r ".services.\"hook-service\".environment.$2"; }

# told OTHER: what the charm's application wrote for this one.
told() { sandbox show-unit "$1/0" --reveal --format json | jq '.[]."relation-info"[0]."application-data"'; }

# told_by_units OTHER: what its units wrote, without what Juju writes itself.
told_by_units() {
    sandbox show-unit "$1/0" --format json | jq '.[]."relation-info"[0]."related-units" |
        map_values(.data | del(."egress-subnets", ."ingress-address", ."private-address"))'
}

# databags: all that the applications around were told, whichever unit told it.
databags() {
    local other
    for other in "${others[@]}"; do told "$other"; done | sed "s,$application/[0-9]*,$application/N,g"
}

# golden FILE: what the Python library writes, for the application in this model.
golden() {
    sed -e "s/11111111-2222-4333-8444-555555555555/$uuid/g; s/11111111/${uuid%%-*}/g" \
        -e "s/test-model/$model/g; s/test_model/$model/g; s,$application/0,$(leader),g" \
        "$root/crates/interfaces/fixtures/$1"
}

# hooks UNIT: the names of the hooks that ran on it lately, the newest last.
hooks() {
    sandbox debug-log --include "$1" | sed -n 's/.* ran "\([^"]*\)" hook .*/\1/p'
}

# --- What is expected ---

# expect WHAT EXPECTED SEEN
expect() {
    [[ $3 == "$2" ]] || fail "$1
expected: $2
seen:     $3"
    echo "   ok: $1"
}

# expect_text WHAT TEXT SEEN: the text is part of what is seen.
expect_text() {
    [[ $3 == *"$2"* ]] || fail "$1
expected in it: $2
seen:           $3"
    echo "   ok: $1"
}

# expect_json WHAT EXPECTED SEEN: the same values, whatever the spaces and the order of keys.
expect_json() {
    local difference
    difference=$(diff --unified --label expected --label seen <(jq -S . <<<"$2") <(jq -S . <<<"$3")) ||
        fail "$1
$difference"
    echo "   ok: $1"
}

# expect_active NUMBER: so many units, all active and idle, one of which leads.
expect_active() {
    local seen
    seen=$(status | jq -c "[.applications.\"$application\".units[]] | {
        units: length,
        leaders: map(select(.leader)) | length,
        statuses: map(.\"workload-status\".current + \" \" + .\"juju-status\".current) | unique
    }")
    expect_json "$1 units are active, one leads" \
        "{\"units\": $1, \"leaders\": 1, \"statuses\": [\"active idle\"]}" "$seen"
}

# expect_everywhere VARIABLE VALUE: the workload of each unit gets this.
expect_everywhere() {
    local unit
    for unit in $(units); do
        expect "$unit runs with $1=$2" "$2" "$(environment "$unit" "$1")"
    done
}

# expect_secret_everywhere VARIABLE VALUE: the same, and the value is not printed.
expect_secret_everywhere() {
    local unit
    for unit in $(units); do
        [[ $(environment "$unit" "$1") == "$2" ]] || fail "$unit does not run with the right $1"
        echo "   ok: $unit runs with the right $1"
    done
}

# answers WHAT CODE BODY [CURL ARGUMENT...]: polls, because a service that was restarted takes a moment to listen.
answers() {
    local what=$1 code=$2 body=$3 seen="" deadline=$((SECONDS + 20))
    shift 3
    while ((SECONDS < deadline)); do
        seen=$(curl --silent --max-time 5 --write-out ' %{http_code}' "$@") || true
        [[ $seen == *"$body"*" $code" ]] && echo "   ok: $what" && return
        sleep 0.1
    done
    fail "$what
expected: $body $code
seen:     $seen"
}

step() { echo "-- ${FUNCNAME[1]//_/ }: $* [$SECONDS s]"; }

fail() {
    # Its own failures are no reason to say less. What a subshell has told is told.
    set +e
    [[ -e $scratch/failed ]] && exit 1
    touch "$scratch/failed"
    {
        echo "FAILED: $*"
        echo
        echo "The model at that moment:"
        "$cargo_charm" sandbox --model-dir "$model_dir" status
        echo
        "$cargo_charm" sandbox --model-dir "$model_dir" debug-log --lines 20
    } >&2
    # From a subshell too: `seen=$(...)` would go on.
    kill -s TERM $$
    exit 1
}
