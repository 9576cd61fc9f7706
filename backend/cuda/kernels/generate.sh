#!/usr/bin/env bash
# Usage: generate.sh FOLDER. Compiles the kernels to compressed PTX in FOLDER. Of clang 14 every build has the same output, and no
# other version; no file of CUDA's toolkit is read.
set -eu -o pipefail
to=$(realpath "$1")
cd "$(dirname "$0")"

# compile MODULE SOURCE ARCHITECTURE PTX [FLAG]...
compile() {
	local module=$1 source=$2 arch=$3 ptx=$4
	shift 4
	clang-14 -x cuda --cuda-device-only --cuda-path=/nonexistent -nocudainc -nocudalib -S -O3 -std=c++17 -Wall -Werror \
		-ffp-contract=off --cuda-gpu-arch="$arch" -Xclang -target-feature -Xclang "+ptx$ptx" "$@" \
		-o - "$source.cu" | gzip -9n >"$to/zz_$module.ptx.gz"
}

for type in f32:float f16:half bf16:bfloat; do
	compile "gemm_${type%:*}" gemm sm_50 60 -DTYPE="${type#*:}"
	compile "gemmthen_${type%:*}" gemm sm_50 60 -DTYPE="${type#*:}" -DACTIVATIONS
	compile "conv_${type%:*}" conv sm_50 60 -DTYPE="${type#*:}"
	compile "rows_${type%:*}" rows sm_50 60 -DTYPE="${type#*:}"
	compile "longrows_${type%:*}" longrows sm_50 60 -DTYPE="${type#*:}"
	compile "entropy_${type%:*}" entropy sm_50 60 -DTYPE="${type#*:}"
	compile "norm_${type%:*}" norm sm_50 60 -DTYPE="${type#*:}"
	compile "normgrad_${type%:*}" normgrad sm_50 60 -DTYPE="${type#*:}"
	compile "attention_${type%:*}" attention sm_50 60 -DTYPE="${type#*:}"
done
for type in f32:float f16:half bf16:bfloat f64:double; do
	float=float
	[ "$type" = f64:double ] && float=double
	compile "scan_${type%:*}" scan sm_50 60 -DTYPE="${type#*:}" -DFLOAT="$float"
done
compile scan_i64 scan sm_50 60 -DTYPE=i64
compile sort_b32 sort sm_50 60 -DKEY=u32
compile sort_b64 sort sm_50 60 -DKEY=u64
compile sortkeys sortkeys sm_50 60
compile segments segments sm_50 60
for type in f16:half bf16:bfloat; do
	compile "flash_${type%:*}" flash sm_80 70 -DTYPE="${type#*:}" -DNAME="\"${type%:*}\""
done
for type in f16:half bf16:bfloat tf32:float:-DTF32; do
	IFS=: read -r name of more <<<"$type"
	for source in mma convmma; do
		compile "${source}_$name" $source sm_80 70 -DTYPE="$of" -DNAME="\"$name\"" $more
	done
	compile "mmathen_$name" mma sm_80 70 -DTYPE="$of" -DNAME="\"$name\"" -DACTIVATIONS $more
done
