package profile_test

import (
	"fmt"
	"time"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/profile"
	"github.com/hekla-ml/hekla/tensor"
)

// steps profiles two products of matrices and two sums.
func steps() *profile.Profile {
	p := profile.New(tensor.CPU(), profile.Options{Shapes: true})
	for n := 2; n <= 3; n++ {
		end := p.Range("step")
		x := tensor.Ones(p, dtype.Float32, n, n)
		x.MatMul(x).Sum().Item()
		end()
	}
	r, err := p.Take()
	if err != nil {
		panic(err)
	}
	return r
}

// A Kind tells the device's work from the program's ranges.
func ExampleKind() {
	count := map[profile.Kind]int{}
	for _, e := range steps().Events {
		count[e.Kind]++
	}
	fmt.Println(profile.Op, count[profile.Op])
	fmt.Println(profile.Range, count[profile.Range])
	fmt.Println(profile.Download, count[profile.Download])
	// Output:
	// op 6
	// range 2
	// (download) 2
}

// An Event has its place on the clock: the ranges, one after the other.
func ExampleEvent() {
	var last profile.Event
	for _, e := range steps().Events {
		if e.Kind == profile.Range {
			fmt.Println(e.Name, e.Start >= last.Start+last.Dur, e.Time() > 0)
			last = e
		}
	}
	// Output:
	// step true true
	// step true true
}

// The key decides what one line is: here the products of each shape apart.
func ExampleKey() {
	r := steps()
	for _, k := range []profile.Key{profile.ByOp, profile.ByShape} {
		for _, s := range r.Sum(k) {
			if s.Name == "matmul" {
				fmt.Println(s.Count, s.Bytes)
			}
		}
	}
	// Unordered output:
	// 2 156
	// 1 48
	// 1 108
}

// Where the time of a range went: what ops inside it took is not its own.
func ExampleStat() {
	for _, s := range steps().Sum(profile.ByOp) {
		var stat profile.Stat = s
		if stat.Kind == profile.Range {
			fmt.Println(stat.Name, stat.Count, stat.Self < stat.Total, stat.Max <= stat.Total)
		}
	}
	// Output: step 2 true true
}

// Every moment of a profile has one name.
func ExampleShare() {
	r := steps()
	total := map[string]bool{}
	for _, s := range r.Account(0, r.Wall) {
		var share profile.Share = s
		total[share.Name] = share.Time > 0
	}
	fmt.Println(total["ops"], total["host in step"], total[profile.Elsewhere])
	// Output: true true true
}

// A level for each change that an event saw: two allocations, one of them freed
// before the upload.
func ExampleLevel() {
	r := profile.Profile{Counted: true, Events: []profile.Event{
		{Kind: profile.Alloc, Start: 1 * time.Millisecond, InUse: 4096},
		{Kind: profile.Alloc, Start: 2 * time.Millisecond, InUse: 8192},
		{Kind: profile.Op, Name: "exp", Start: 3 * time.Millisecond, InUse: 8192},
		{Kind: profile.Upload, Start: 4 * time.Millisecond, InUse: 4096},
	}}
	var levels []profile.Level = r.Memory()
	for _, l := range levels {
		fmt.Println(l.At, l.Bytes)
	}
	fmt.Println("peak", r.Peak())
	// Output:
	// 1ms 4096
	// 2ms 8192
	// 4ms 4096
	// peak 8192
}
