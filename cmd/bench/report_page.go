package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/hekla-ml/hekla/cmd/bench/internal/chart"
	"github.com/hekla-ml/hekla/cmd/bench/internal/workload"
	"github.com/hekla-ml/hekla/conformance"
	"github.com/hekla-ml/hekla/dtype"
)

//go:embed report.html
var pageText string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"sig":  figures,
	"pct":  func(x float64) string { return fmt.Sprintf("%.0f", 100*x) },
	"join": strings.Join,
	"gib":  func(n int64) string { return fmt.Sprintf("%.1f", float64(n)/(1<<30)) },
	"part": func(x *float64) string {
		if x == nil {
			return ""
		}
		return fmt.Sprintf("%.2f %%", 100**x)
	},
}).Parse(pageText))

// figures prints three digits, and all before the point.
func figures(x float64) string {
	if x >= 1000 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}

// pageData is what the template prints.
type pageData struct {
	*reportData
	Cards   []card
	Plots   []template.HTML
	Columns []string
	Rows    []matrixRow // ops that were checked on some device
	JSON    template.JS
}

// A card sums up a device.
type card struct {
	deviceRecord
	Checks   *conformRecord
	Roof     *roofRecord
	Training *trainRecord
}

// A matrixRow is an op of the conformance matrix, a group of cells a device.
type matrixRow struct {
	Op    string
	Cells []matrixCell
}

type matrixCell struct{ Class, Text string }

// write prints the page.
func (r *reportData) write(w io.Writer) error {
	text, err := json.Marshal(r) // escapes < and >, so that it may stand in a script
	if err != nil {
		return err
	}
	d := &pageData{reportData: r, Plots: r.plots(), JSON: template.JS(text)}
	for _, dev := range r.Devices {
		c := card{deviceRecord: dev}
		if i := slices.IndexFunc(r.Conformance, func(x conformRecord) bool { return x.Device == dev.Device }); i >= 0 {
			c.Checks = &r.Conformance[i]
		}
		if i := slices.IndexFunc(r.Roofs, func(x roofRecord) bool { return x.Device == dev.Device }); i >= 0 {
			c.Roof = &r.Roofs[i]
		}
		if i := slices.IndexFunc(r.Training, func(x trainRecord) bool { return x.Device == dev.Device }); i >= 0 {
			c.Training = &r.Training[i]
		}
		d.Cards = append(d.Cards, c)
	}
	for _, t := range matrixTypes {
		d.Columns = append(d.Columns, workload.Short(t))
	}
	d.Rows = matrixOf(r.matrix)
	return page.Execute(w, d)
}

var matrixTypes = []dtype.DType{dtype.Float32, dtype.Float64, dtype.Float16, dtype.BFloat16, dtype.Int64, dtype.Int32, dtype.Uint8, dtype.Bool}

// matrixOf turns reports into a row an op: the cells of one device after those
// of the other.
func matrixOf(reports []*conformance.Report) []matrixRow {
	type key struct {
		op, dtype string
		device    int
	}
	cells := map[key]*conformance.Result{}
	var ops []string
	for n, r := range reports {
		for _, c := range r.Results {
			cells[key{c.Op, c.DType, n}] = c
			ops = append(ops, c.Op)
		}
	}
	slices.Sort(ops)
	var rows []matrixRow
	for _, o := range slices.Compact(ops) {
		row := matrixRow{Op: o}
		for n := range reports {
			for _, t := range matrixTypes {
				row.Cells = append(row.Cells, cellOf(cells[key{o, t.String(), n}]))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func cellOf(c *conformance.Result) matrixCell {
	switch {
	case c == nil:
		return matrixCell{"none", "no case was drawn"}
	case c.Failed > 0:
		return matrixCell{"bad", fmt.Sprintf("%d of %d cases failed", c.Failed, c.Failed+c.Passed)}
	case c.Passed == 0:
		return matrixCell{"lack", "unsupported"}
	case c.Unsupported > 0:
		return matrixCell{"some", fmt.Sprintf("%d passed, %d unsupported", c.Passed, c.Unsupported)}
	}
	return matrixCell{"good", fmt.Sprintf("%d passed; largest error %.2f of its bound", c.Passed, c.Worst)}
}

// plots are the roofline of each device, then the scaling of all.
func (r *reportData) plots() []template.HTML {
	var l []template.HTML
	add := func(p chart.Plot) {
		if svg := p.SVG(); svg != "" {
			l = append(l, template.HTML(svg))
		}
	}
	for i, roof := range r.Roofs {
		add(r.roofPlot(roof, i))
	}
	for _, p := range []struct{ of, title, x, y string }{
		{"matmul", "Products of square matrices", "rows", "GFLOP/s"},
		{"add", "Sums of two vectors", "elements", "GB/s"},
		{"threads", "MLP training", "threads", "steps/s"},
	} {
		plot := chart.Plot{Title: p.title, XName: p.x, YName: p.y, XBase2: true}
		for i, d := range r.Devices {
			s := chart.Series{Name: d.Device, Line: true, Class: i, Labels: []string{}}
			for _, x := range r.Scaling {
				if x.Of == p.of && x.Device == d.Device {
					s.X, s.Y = append(s.X, float64(x.N)), append(s.Y, x.Rate)
					s.Labels = append(s.Labels, fmt.Sprintf("%d %s: %.3g %s, %.3g ms", x.N, p.x, x.Rate, p.y, x.Median))
				}
			}
			if len(s.X) > 0 {
				plot.Series = append(plot.Series, s)
			}
		}
		add(plot)
	}
	return l
}

func (r *reportData) roofPlot(roof roofRecord, class int) chart.Plot {
	p := chart.Plot{Title: "Roofline of " + roof.Device, XName: "FLOP per byte", YName: "GFLOP/s"}
	points := chart.Series{Class: class}
	lo, hi := roof.Peak/roof.Bandwidth/8, roof.Peak/roof.Bandwidth*8 // about the ridge
	for _, q := range r.Places {
		if q.Device == roof.Device && q.Intensity > 0 && q.GFLOPS > 0 {
			points.X, points.Y = append(points.X, q.Intensity), append(points.Y, q.GFLOPS)
			points.Labels = append(points.Labels, fmt.Sprintf("%s: %.3g GFLOP/s, %.0f %% of the roof", q.Case, q.GFLOPS, 100*q.Reached))
			lo, hi = min(lo, q.Intensity), max(hi, q.Intensity)
		}
	}
	ridge := roof.Peak / roof.Bandwidth
	line := chart.Series{Line: true, Class: 9, X: []float64{lo, ridge, hi}, Y: []float64{lo * roof.Bandwidth, roof.Peak, roof.Peak}}
	p.Series = []chart.Series{line, points}
	return p
}
