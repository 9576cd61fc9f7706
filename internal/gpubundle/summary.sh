# Read by run.sh: what a reader wants to know first, in less than 12,000 characters.

# sums NAME FILE adds up the numbers that a field of conformance reports has.
sums() { grep -o "\"device\":\"[^\"]*\",\"seed\".*\"left\":[0-9]*" "$2" 2>/dev/null | sed -n "s/.*\"$1\":\\([0-9]*\\).*/\\1/p" | awk '{ n += $1 } END { print n + 0 }'; }

# write_summary writes both summaries, and packs everything if the environment has OUT.
write_summary() {
	local f name ok=true list=""
	for f in "$out"/*.ended; do
		[ -e "$f" ] || continue
		list="$list${list:+,}
    $(cat "$f")"
		case $(cat "$f") in *'"status": 0,'* | *'"cut_short": true'*) ;; *) ok=false failed=1 ;; esac
	done
	cat >"$out/summary.json" <<END
{
  "version": $(quote "$version"), "binary": $(quote "$(basename "$bench")"),
  "time": $(quote "$(date -u +%Y-%m-%dT%H:%M:%SZ)"), "kernel": $(quote "$(uname -srm)"),
  "cpu": $(quote "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"), "cores": $(nproc),
  "nvidia_smi": $(quote "$gpus"), "torch": $(quote "$torch"), "vulkan": $(quote "$vulkan_note"),
  "steps": [$list
  ],
  "not_run": $(quote "${short# }"),
  "ok": $([ $failed -eq 0 ] && echo $ok || echo false)
}
END
	{
		echo "Hekla $version; ${gpus:-no nvidia-smi}; PyTorch: $torch"
		for f in "$out"/*.ended; do
			[ -e "$f" ] || continue
			name=$(basename "$f" .ended)
			echo "$name: $(sed -n 's/.*"outcome": "\(.*\)", "cut_short.*"seconds": \([0-9.]*\).*/\1, \2 s/p' "$f" | cut -c 1-300)"
			case $name in
			conformance*) echo "  $(sums cases "$out/$name.jsonl") cases, $(sums passed "$out/$name.jsonl") passed, $(sums failed "$out/$name.jsonl") failed, $(sums unsupported "$out/$name.jsonl") unsupported" ;;
			esac
		done
		[ -z "$short" ] || echo "not done yet, call run.sh again:$short"
		echo
		echo "FAILURES (all in the .log and .jsonl of each step)"
		for f in "$out"/*.jsonl; do
			name=$(basename "$f" .jsonl)
			case $name in
			conformance*) grep -h '^FAIL ' "$out/$name.log" | cut -c 1-220 | head -n 8 | sed "s/^/$name: /" ;;
			doctor*) grep '"ok":false' "$f" | sed -n 's/.*"family":"\([^"]*\)".*"error":"\(.*\)"}.*/\1: \2/p' | cut -c 1-260 | head -n 12 | sed "s/^/$name: /" ;;
			devices) ;;
			*) grep '"error":"' "$f" | sed -n 's/.*"case":"\([^"]*\)".*"error":"\(.*\)".*/\1: \2/p' | cut -c 1-220 | head -n 5 | sed "s/^/$name: /" ;;
			esac
			grep -hE '^(panic:|fatal error:|SIG|signal|Segmentation)' "$out/$name.log" 2>/dev/null | head -n 2 | cut -c 1-200 | sed "s/^/$name: /"
		done
		cat "$out"/no-*.txt 2>/dev/null | cut -c 1-400
		echo
		sed -n 's/.*"notes":\[\(.*\)\].*/notes: \1/p' "$out"/doctor-cuda.jsonl "$out"/doctor-vulkan.jsonl 2>/dev/null | cut -c 1-500
		beside
	} >"$out/summary.new"
	head -c 11000 "$out/summary.new" >"$out/summary.txt"
	rm "$out/summary.new"
	if [ -n "${OUT:-}" ] && [ -d "$OUT" ]; then
		cp "$out/summary.txt" "$out/summary.json" "$OUT/"
		tar -czf "$OUT/results.tar.gz.new" -C "$out" --exclude=cache --exclude='*.part' . 2>/dev/null && mv "$OUT/results.tar.gz.new" "$OUT/results.tar.gz"
	fi
}

# beside prints the times of each case on all sides, and those of PyTorch over ours.
beside() {
	local f
	for f in torch speed-cuda training-cuda training-replay-cuda speed-vulkan training-vulkan training-replay-vulkan; do
		[ -s "$out/$f.jsonl" ] && sed -n "s/.*\"case\": *\"\\([^\"]*\\)\".*\"median_ms\": *\\([0-9.e+-]*\\).*/$f \\1 \\2/p" "$out/$f.jsonl"
	done | awk '
		{ case_ = $2; side = $1; sub(/^(speed|training)-/, "", side)
		  if (!(case_ in seen)) { seen[case_] = 1; order[++n] = case_ }
		  if (!(side in known)) { known[side] = 1; sides[++m] = side }
		  ms[case_, side] = $3 }
		END { if (!n) exit
		  printf "%-34s", "median ms"; for (j = 1; j <= m; j++) printf " %14s", sides[j]; print "   ratios to torch"
		  for (i = 1; i <= n; i++) { c = order[i]; printf "%-34s", c
		    for (j = 1; j <= m; j++) printf " %14s", ((c, sides[j]) in ms) ? sprintf("%.4g", ms[c, sides[j]]) : "-"
		    t = ms[c, "torch"]; if (t > 0) for (j = 1; j <= m; j++) if (sides[j] != "torch" && ms[c, sides[j]] > 0) printf "  %.2f", ms[c, sides[j]] / t
		    print "" } }'
}
