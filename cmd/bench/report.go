package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/workload"
	"github.com/hekla-ml/hekla/dtype"
)

// reportConfig says what goes into a report.
type reportConfig struct {
	file, device string
	quick        bool
}

// reportData is a survey with roofs and scaling; it is in the page as JSON too.
type reportData struct {
	survey
	Roofs   []roofRecord  `json:"roofs"`
	Places  []placeRecord `json:"places"`
	Scaling []scaleRecord `json:"scaling"`
	Made    time.Time     `json:"made"`
	Machine facts         `json:"machine"`
}

// scaleRecord is a point of a scaling plot.
type scaleRecord struct {
	Device  string  `json:"device"`
	Of      string  `json:"of"` // matmul, add or threads
	N       int     `json:"n"`  // rows, elements or threads
	Median  float64 `json:"median_ms"`
	Rate    float64 `json:"rate"` // GFLOP/s, GB/s or steps a second
	Threads int     `json:"threads"`
}

func reports(f *flag.FlagSet) action {
	c := reportConfig{}
	f.StringVar(&c.file, "o", "report.html", "`FILE` to write the page to")
	f.StringVar(&c.device, "device", "all", "`DEVICES` to report on, with commas, or all")
	f.BoolVar(&c.quick, "quick", false, "measure little: a minute or two for each device")
	return func(ctx context.Context, _ []string, out *output) error {
		devs, err := openAll(c.device)
		if err != nil {
			return err
		}
		r := c.measure(ctx, devs, out)
		if err := out.Record(r); err != nil {
			return err
		}
		var page bytes.Buffer
		if err := r.write(&page); err != nil {
			return err
		}
		if err := os.WriteFile(c.file, page.Bytes(), 0o644); err != nil {
			return err
		}
		out.Printf("\n")
		if err := out.Table(r.table()); err != nil {
			return err
		}
		out.Printf("\nwritten to %s (%d kB)\n", c.file, page.Len()/1000)
		return errors.Join(append(r.errs, ctx.Err())...)
	}
}

// reportEffort is for minutes a device.
func (c reportConfig) effort() effort {
	e := tourEffort()
	e.run = regexp.MustCompile(`/f32/|^train/(mlp|lenet)|^infer/`)
	if c.quick {
		e.timing = 60 * time.Millisecond
		e.run = regexp.MustCompile(`^(matmul/f32/(256|512)|add/f32/1M|exp/f32/1M|sum/f32/1M|layernorm/|conv2d/|tiny-add/|train/mlp)`)
		return e
	}
	e.oneIn, e.checking = 8, 2*time.Minute
	e.software.run = regexp.MustCompile(`^(matmul/f32/(256|512)|(add|exp|gelu|sum)/f32/1M|softmax/|layernorm/|conv2d/|tiny-add/|gather/|train/mlp)`)
	return e
}

// measure does all that ctx leaves time for.
func (c reportConfig) measure(ctx context.Context, devs []backend.Device, out *output) *reportData {
	var infos []backend.Info
	for _, d := range devs {
		infos = append(infos, d.Info())
	}
	_, skipped := backend.List()
	r := &reportData{survey: *newSurvey(infos, skipped), Made: time.Now(), Machine: factsOf(infos[0])}
	e := c.effort()
	r.look(ctx, e, infos, out)
	for _, dev := range devs {
		if ctx.Err() == nil {
			r.roof(ctx, dev, e, out)
		}
		if ctx.Err() == nil {
			r.scale(ctx, dev, e, out)
		}
	}
	r.Interrupted = ctx.Err() != nil
	return r
}

// roof places the times that the survey took.
func (r *reportData) roof(ctx context.Context, dev backend.Device, e effort, out *output) {
	out.Printf("%s: measuring the roof\n", dev.Info().Name)
	c := opConfig{limit: e.timing}
	roof, err := c.measureRoof(ctx, dev)
	if err != nil {
		r.fail("roofline of "+dev.Info().Name, err)
		return
	}
	r.Roofs = append(r.Roofs, roof)
	cases := workload.Named(dtype.Float32)
	for _, b := range r.Benchmarks {
		if b.Device == dev.Info().Name && b.Timing != nil {
			r.Places = append(r.Places, roof.place(b, cases))
		}
	}
}

// scale times two operations at growing sizes, and on the CPU a training step
// with growing numbers of threads.
func (r *reportData) scale(ctx context.Context, dev backend.Device, e effort, out *output) {
	info := dev.Info()
	out.Printf("%s: measuring how times grow with sizes\n", info.Name)
	c := opConfig{limit: e.timing, slow: 1, hot: true}
	add := func(of string, n int, w workload.Case, work float64) bool {
		rec, err := c.time(ctx, dev, w)
		if err != nil || rec.Timing == nil {
			if ctx.Err() == nil && err != nil {
				r.fail(fmt.Sprintf("%s of %d on %s", of, n, info.Name), err)
			}
			return false
		}
		r.Scaling = append(r.Scaling, scaleRecord{info.Name, of, n, rec.Median, work / rec.Median / 1e6, rec.Threads})
		return rec.Median < 300 // what comes next takes longer
	}
	for n := 32; n <= 4096; n *= 2 {
		if w := workload.MatMul(dtype.Float32, n); !add("matmul", n, w, w.FLOPs) {
			break
		}
	}
	for n := 1 << 10; n <= 1<<24; n *= 4 {
		if w := workload.Add(dtype.Float32, n); !add("add", n, w, w.Bytes) {
			break
		}
	}
	if info.Kind != backend.CPU {
		return
	}
	all := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(all)
	for _, n := range threadCounts(all) {
		runtime.GOMAXPROCS(n)
		for _, w := range workload.Named(dtype.Float32) {
			if w.Name == "train/mlp-784-512-512-10/b128" {
				add("threads", n, w, 1e9) // steps a second
			}
		}
	}
}

// threadCounts are the powers of two up to all, and all.
func threadCounts(all int) []int {
	var l []int
	for n := 1; n < all; n *= 2 {
		l = append(l, n)
	}
	return append(l, all)
}
