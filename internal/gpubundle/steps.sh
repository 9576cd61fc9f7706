# Read by run.sh: the steps, in the order of their worth.

# all_steps runs what is due. The numbers are seconds.
all_steps() {
	local d kind name seen=" "
	local quick='^(matmul/f32|bmm|add/f32|exp/f32|gelu/f32|sum/f32|softmax/f32|layernorm|transpose|sum-axis0|conv2d|tiny-add|gather/f32/50000|sort/f32)'
	for d in ${devices[@]+"${devices[@]}"}; do
		kind=${d%%:*}
		name=$kind
		case $seen in *" $kind "*) name=$d ;; esac
		seen="$seen$kind "
		step "doctor-$name" 120 "$bench" doctor -device "$d" -format json
		step "conformance-quick-$name" 100 shards "$d" 64
		step "speed-$name" 90 "$bench" op -device "$d" -format json -named -hot -run "$quick" -time "${OP_TIME:-300ms}"
		[ "$kind" = cuda ] && step torch 200 torch
		step "training-$name" 60 "$bench" op -device "$d" -format json -named -hot -run '^(train|infer)/' -time "${OP_TIME:-500ms}"
		step "training-replay-$name" 60 "$bench" op -device "$d" -format json -named -hot -replay -run '^train/' -time "${OP_TIME:-500ms}"
		step "conformance-$name" 400 shards "$d" 1
	done
	# What tells which part is to blame, and the other types.
	for d in ${devices[@]+"${devices[@]}"}; do
		[ "${d%%:*}" = cuda ] || continue
		step speed-types-cuda 120 "$bench" op -device "$d" -format json -named -hot -dtype f16,bf16,f64 -run '^(matmul|bmm|add|softmax|layernorm|conv2d)' -time "${OP_TIME:-200ms}"
		step speed-own-cuda 60 env HEKLA_CUDA_OFF=cublas "$bench" op -device "$d" -format json -named -hot -dtype f32,f16 -run '^(matmul|bmm)' -time "${OP_TIME:-200ms}"
		step doctor-own-cuda 60 env HEKLA_CUDA_OFF=cublas "$bench" doctor -device "$d" -format json
		step doctor-plain-cuda 60 env HEKLA_CUDA_OFF=cublas,tensor,graphs,lists,pinned,cache "$bench" doctor -device "$d" -format json
		step doctor-tf32-cuda 60 env HEKLA_TF32=1 "$bench" doctor -device "$d" -format json -run 'products|convolutions'
	done
	for d in ${devices[@]+"${devices[@]}"}; do
		step "train-${d%%:*}" 90 "$bench" train -device "$d" -format json -model cnn
		step "roofline-${d%%:*}" 120 "$bench" roofline -device "$d" -format json
	done
}

# due says whether a step is to run.
due() {
	local pattern
	if [ ${#steps[@]} -eq 0 ]; then
		[ -n "$again" ] || [ ! -e "$out/$1.done" ]
		return
	fi
	for pattern in "${steps[@]}"; do
		# shellcheck disable=SC2254 # a pattern it is
		case $1 in $pattern) return 0 ;; esac
	done
	return 1
}

# step NAME LIMIT COMMAND... runs a command within its limit and what is left of the budget, and writes down how it ended.
step() {
	local name=$1 limit=$2 left cut="" start status what
	shift 2
	if [ -n "$list" ]; then echo "$name"; return; fi
	due "$name" || return 0
	case $1 in torch) [ -n "$torch_bench" ] && [ "$torch" != none ] || return 0 ;; esac
	left=$((budget - (SECONDS - began) - 8))
	if [ $left -lt 10 ]; then short="$short $name"; return; fi
	[ $left -ge "$limit" ] || { limit=$left cut=yes; }
	echo "$name ..."
	start=$(date +%s.%N)
	log=$name
	step_limit=$limit
	case $1 in
	shards | torch) "$@" ;;
	*) within "$@" >"$out/$name.jsonl" 2>"$out/$name.log" ;;
	esac
	status=$?
	case $status in
	0) what=ok ;;
	124 | 137) what="over the limit of $limit s" ;;
	*) what="failed: $(grep -v '^FAIL ' "$out/$name.log" | tail -n 1)" ;;
	esac
	echo "  $what, $(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f s", b - a }')"
	case $status-$cut in 124-yes | 137-yes) short="$short $name" ;; esac
	printf '{"step": %s, "status": %s, "outcome": %s, "cut_short": %s, "seconds": %s, "file": %s}\n' "$(quote "$name")" $status "$(quote "$what")" \
		"$([ -n "$cut" ] && [ $status -ge 124 ] && echo true || echo false)" "$(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }')" "$(quote "$name.jsonl")" >"$out/$name.ended"
	case $status-$cut in 124-yes | 137-yes) ;; *) cp "$out/$name.ended" "$out/$name.done" ;; esac
	write_summary
}

# within COMMAND... runs it within step_limit. It is interrupted first, so that what was done by then is printed.
within() { timeout -s INT --kill-after=8 "$step_limit" "$@"; }

# shards DEVICE ONE_IN checks a part of the suite, the draws among as many processes as there are processors.
shards() {
	local n i pids=() status=0 s
	n=$(nproc)
	[ "$n" -le 16 ] || n=16
	for ((i = 0; i < n; i++)); do
		GOMAXPROCS=2 within "$bench" conform -device "$1" -format json -draw $i/$((n * $2)) -run "${CONFORM_RUN:-}" >"$out/$log.$i.part" 2>"$out/$log.$i.said" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
		s=$?
		# Where little is selected a draw may be empty.
		[ $s -eq 0 ] || [ $s -eq 2 ] || { [ $status -eq 124 ] || [ $status -eq 137 ] || status=$s; }
	done
	cat "$out/$log".*.part >"$out/$log.jsonl"
	cat "$out/$log".*.said >"$out/$log.log"
	rm -f "$out/$log".*.part "$out/$log".*.said
	[ -s "$out/$log.jsonl" ] || [ $status -ne 0 ] || status=2
	return $status
}

# find_torch sets torch to the version, or none, and python to whose it is.
find_torch() {
	torch=none
	[ -n "$torch_bench" ] || { echo "no PyTorch side: give it with --torch-bench"; return; }
	[ -r "$torch_bench" ] || { echo "run.sh: cannot read $torch_bench" >&2; failed=1; torch_bench=""; return; }
	for python in ${PYTHON:-python3 /opt/torch/.venv/bin/python3 /usr/bin/python3}; do
		torch=$(timeout 120 "$python" -c 'import torch; print(torch.__version__, "cuda" if torch.cuda.is_available() else "cpu")' 2>"$out/torch-found.log") && return
		torch=none
	done
	echo "no PyTorch side: python3 has no torch"
}

torch() {
	within "$python" "$torch_bench" --device "${torch##* }" --threads "$(nproc)" --seconds "${TORCH_TIME:-0.3}" >"$out/$log.jsonl" 2>"$out/$log.log"
}
