package cuda

import (
	"fmt"
	"time"
)

// Notes says which libraries were found, and what the driver had to compile: see backend.Noter.
func (d *device) Notes() []string {
	var notes []string
	d.blas.mu.Lock()
	switch b := &d.blas; {
	case d.off["cublas"]:
		notes = append(notes, "cuBLAS is off ("+OffVariable+")")
	case !b.tried:
		notes = append(notes, "cuBLAS has not been asked for: no product was large enough")
	default:
		notes = append(notes, b.note)
		if b.refused > 0 {
			notes = append(notes, fmt.Sprintf("cuBLAS refused %d products, first: %v", b.refused, b.why))
		}
	}
	d.blas.mu.Unlock()
	d.kernels.mu.RLock()
	defer d.kernels.mu.RUnlock()
	c := d.compiled
	where := "no cache"
	if d.disk.dir != "" {
		where = d.disk.dir
	}
	notes = append(notes, fmt.Sprintf("%d kernels in %v, %d of them from %s", c.kernels, c.took.Round(time.Millisecond), c.kept, where))
	if c.raise {
		notes = append(notes, "the driver takes no PTX for sm_50: it is given as PTX for sm_80")
	}
	return notes
}
