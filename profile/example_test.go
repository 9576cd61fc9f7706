package profile_test

import (
	"fmt"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/profile"
	"github.com/hekla-ml/hekla/tensor"
)

func Example() {
	p := profile.New(tensor.CPU(), profile.Options{Shapes: true})
	end := p.Range("forward")
	x := tensor.Ones(p, dtype.Float32, 2, 3)
	x.Exp().MatMul(x.T())
	end()
	r, err := p.Take()
	if err != nil {
		fmt.Println(err)
	}
	for _, e := range r.Events {
		if e.Kind == profile.Op {
			fmt.Println(e.Name, e.In, e.Bytes, "bytes moved,", e.Result, "for results")
		}
	}
	// Output:
	// full [] 24 bytes moved, 24 for results
	// exp [{[2 3] float32}] 48 bytes moved, 24 for results
	// matmul [{[2 3] float32} {[3 2] float32}] 64 bytes moved, 16 for results
}

func ExampleProfile_Account() {
	p := profile.New(tensor.CPU(), profile.Options{})
	end := p.Range("work")
	tensor.Ones(p, dtype.Float32, 10).Exp()
	end()
	r, _ := p.Take()
	var all int64
	for _, share := range r.Account(0, r.Wall) { // ops, host in work, alloc, elsewhere, ...
		all += int64(share.Time)
	}
	fmt.Println(all == int64(r.Wall))
	// Output: true
}
