package gemm

import (
	"fmt"
	"sync"

	"github.com/hekla-ml/hekla/backend/cpu/internal/par"
)

// BatchF32 computes batch products as F32 does, C[i] = (or +=) A[i]·B[i]. Matrix i begins at element i*abatch of a,
// i*bbatch of b and i*cbatch of c. A batch stride of 0 gives every product the same A or B; those of C must not
// overlap.
func BatchF32(batch, m, n, k int, a []float32, abatch, ars, acs int, b []float32, bbatch, brs, bcs int, c []float32, cbatch, ldc int, acc bool) {
	p := product[float32]{m, n, k, a, ars, acs, b, brs, bcs, c, ldc, acc, nil, false, nil}
	multiplyBatch(kernelsF32(), &scratchF32, &batchesF32, batch, abatch, bbatch, cbatch, &p)
}

// BatchF64 is BatchF32 for float64.
func BatchF64(batch, m, n, k int, a []float64, abatch, ars, acs int, b []float64, bbatch, brs, bcs int, c []float64, cbatch, ldc int, acc bool) {
	p := product[float64]{m, n, k, a, ars, acs, b, brs, bcs, c, ldc, acc, nil, false, nil}
	multiplyBatch(kernelsF64(), &scratchF64, &batchesF64, batch, abatch, bbatch, cbatch, &p)
}

// batchJob is a batch that is shared out item by item.
type batchJob[T float] struct {
	product[T]
	ks                     *kernels[T]
	scratch                *scratch[T]
	abatch, bbatch, cbatch int
	body                   func(lo, hi int) // items as a value, made once
}

var batchesF32, batchesF64 sync.Pool

func (j *batchJob[T]) items(lo, hi int, mayShare bool) {
	for i := lo; i < hi; i++ {
		p := j.product
		p.a, p.b, p.c = j.a[i*j.abatch:], j.b[i*j.bbatch:], j.c[i*j.cbatch:]
		multiply(j.ks, j.scratch, &p, mayShare)
	}
}

func multiplyBatch[T float](ks *kernels[T], pool *scratch[T], batches *sync.Pool, batch, abatch, bbatch, cbatch int, p *product[T]) {
	m, n, k := p.m, p.n, p.k
	if batch <= 0 || m == 0 || n == 0 {
		return
	}
	checkBatch(batch, abatch, bbatch, cbatch, p)
	j, ok := batches.Get().(*batchJob[T])
	if !ok {
		j = new(batchJob[T])
		j.body = func(lo, hi int) { j.items(lo, hi, false) }
	}
	j.product, j.ks, j.scratch = *p, ks, pool
	j.abatch, j.bbatch, j.cbatch = abatch, bbatch, cbatch

	workers := par.Workers()
	cost := max(m*n*k, 1)
	switch {
	case workers == 1 || batch == 1 || batch < 2*workers && cost >= 4*ks.share:
		// Items large enough to share each: better balanced than a few items per thread.
		j.items(0, batch, true)
	default:
		// At least half of what is worth sharing per claim.
		par.For(batch, max(1, ks.share/2/cost), j.body)
	}
	j.product = product[T]{}
	batches.Put(j)
}

// checkBatch is check for the last item: its end is the furthest, and the others are as large.
func checkBatch[T float](batch, abatch, bbatch, cbatch int, p *product[T]) {
	last := batch - 1
	if abatch < 0 || bbatch < 0 || cbatch < 0 {
		panic(fmt.Sprintf("gemm: batch strides %d, %d and %d: want no negative number", abatch, bbatch, cbatch))
	}
	if p.k == 0 { // A and B have no elements, and their slices may be empty
		check(p.m, p.n, 0, p.a, p.ars, p.acs, p.b, p.brs, p.bcs, p.c[min(last*cbatch, len(p.c)):], p.ldc)
		return
	}
	check(p.m, p.n, p.k, p.a[min(last*abatch, len(p.a)):], p.ars, p.acs,
		p.b[min(last*bbatch, len(p.b)):], p.brs, p.bcs, p.c[min(last*cbatch, len(p.c)):], p.ldc)
}
