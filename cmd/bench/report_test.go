package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/cmd/bench/internal/measure"
	"github.com/hekla-ml/hekla/conformance"
)

// sampleReport is what bench report might measure on two devices.
func sampleReport() *reportData {
	infos := []backend.Info{{Name: "cpu:0", Model: "A <processor>", Kind: backend.CPU, Memory: 16 << 30, Features: []string{"avx2"}}, {Name: "vulkan:0", Model: "A card", Kind: backend.DiscreteGPU}}
	r := &reportData{survey: *newSurvey(infos, []backend.Skipped{{Name: "cuda", Reason: "no driver"}}), Made: time.Date(2026, 11, 28, 17, 0, 0, 0, time.UTC)}
	for i, d := range infos {
		right := 0.98
		speed := float64(1 + 3*i)
		r.Training = append(r.Training, trainRecord{Device: d.Name, Model: "digits", TestAccuracy: &right, Rate: 900 * speed, Epochs: 2})
		r.Conformance = append(r.Conformance, conformRecord{Device: d.Name, Ops: 2, Cases: 20, Passed: 20 - i, Failed: i})
		r.matrix = append(r.matrix, &conformance.Report{Device: d.Name, Results: []*conformance.Result{
			{Op: "add", DType: "float32", Passed: 10}, {Op: "tanh", DType: "float32", Passed: 9, Failed: i, Unsupported: 1}, {Op: "tanh", DType: "int64", Unsupported: 1}}})
		roof := roofRecord{Device: d.Name, Bandwidth: 20 * speed, Peak: 150 * speed, PeakBy: "matmul/f32/1024"}
		r.Roofs = append(r.Roofs, roof)
		for k, name := range []string{"matmul/f32/1024", "add/f32/16M", "conv2d/f32/8x64x56x56-k3", "exp/f32/1M"} {
			t := measure.Summarize([]float64{10 / speed, 11 / speed, 12 / speed})
			p := placeRecord{opRecord: opRecord{Case: name, Device: d.Name, Timing: &t, GFLOPS: 100 * speed / float64(1+k*k), GBs: 5}, Intensity: 171 / float64(1+40*k), Reached: 0.7}
			r.Benchmarks, r.Places = append(r.Benchmarks, p.opRecord), append(r.Places, p)
		}
		for n := 32; n <= 2048; n *= 2 {
			r.Scaling = append(r.Scaling, scaleRecord{d.Name, "matmul", n, 1, speed * float64(n) / 10, 2})
		}
		for n := 1 << 10; n <= 1<<24; n *= 4 {
			r.Scaling = append(r.Scaling, scaleRecord{d.Name, "add", n, 1, speed * 20, 2})
		}
	}
	r.Scaling = append(r.Scaling, scaleRecord{"cpu:0", "threads", 1, 1, 100, 1}, scaleRecord{"cpu:0", "threads", 2, 1, 180, 2})
	r.fail("conformance on vulkan:0", fmt.Errorf("tanh is <wrong>"))
	return r
}

func TestReportPage(t *testing.T) {
	var b bytes.Buffer
	if err := sampleReport().write(&b); err != nil {
		t.Fatal(err)
	}
	s := b.String()
	if n := strings.Count(s, "<svg"); n != 5 {
		t.Errorf("%d plots, want two rooflines and three of scaling", n)
	}
	for _, want := range []string{"A &lt;processor&gt;", "tanh is &lt;wrong&gt;", "Skipped cuda: no driver", "1 of 20 failed", `class="bad"`, "98.00 %", "Roofline of vulkan:0"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	for _, no := range []string{"http://", "https://", "NaN", "Inf", "<nil>", "ZgotmplZ", "src="} { // self-contained and whole
		if strings.Contains(s, no) {
			t.Errorf("%q in the page", no)
		}
	}
	text := regexp.MustCompile(`(?s)id="data">(.*)</script>`).FindStringSubmatch(s)
	var back reportData
	if text == nil || json.Unmarshal([]byte(text[1]), &back) != nil || len(back.Places) != 8 || len(back.Roofs) != 2 {
		t.Errorf("the data of the page: %+v", back)
	}
}

// inspect is added to a copy of the page: it tells the page around it what a
// reader would see.
const inspect = `<script>
addEventListener("load", () => {
	const wide = [...document.querySelectorAll("body *")].filter(e => !e.closest(".scroll") && e.getBoundingClientRect().right > innerWidth + 1);
	const plots = [...document.querySelectorAll("svg.plot")].map(s => s.getBBox());
	const dots = [...document.querySelectorAll("svg.plot .dot")].filter(d => { const b = d.getBBox(); return b.width > 0 && b.x >= 0 && b.x <= 640 && b.y >= 0 && b.y <= 380; });
	const paths = [...document.querySelectorAll("svg.plot .line")].filter(p => p.getTotalLength() > 50);
	const small = [...document.querySelectorAll("svg.plot text")].filter(x => x.getBoundingClientRect().height < 9);
	parent.document.body.setAttribute("data-seen", JSON.stringify({width: innerWidth, plots: plots.filter(b => b.width > 300 && b.height > 200).length,
		dots: dots.length, lines: paths.length, wide: wide.map(e => e.tagName + "." + e.className), small: small.length, colours: [...new Set(dots.map(d => getComputedStyle(d).fill))].length}));
});
</script></body>`

// The page as a browser has it, at the widths of a desk and of a phone.
func TestReportInBrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: make test-report installs it and runs this")
	}
	var b bytes.Buffer
	if err := sampleReport().write(&b); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{1280, 400} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			dom, log := browse(t, chromium, strings.Replace(b.String(), "</body>", inspect, 1), width)
			m := regexp.MustCompile(`data-seen="([^"]*)"`).FindStringSubmatch(dom)
			if m == nil {
				t.Fatalf("the page did not load:\n%s", log)
			}
			var seen struct {
				Width, Plots, Dots, Lines, Small, Colours int
				Wide                                      []string
			}
			if err := json.Unmarshal([]byte(strings.ReplaceAll(m[1], "&quot;", `"`)), &seen); err != nil {
				t.Fatal(err)
			}
			if seen.Width != width || seen.Plots != 5 || seen.Dots < 40 || seen.Lines != 7 || seen.Colours < 2 {
				t.Errorf("%+v: want 5 plots with their dots in two colours and 7 lines", seen)
			}
			if len(seen.Wide) > 0 || seen.Small > 0 {
				t.Errorf("beyond the right edge: %v; %d texts are too small to read", seen.Wide, seen.Small)
			}
			if strings.Contains(log, "CONSOLE") {
				t.Errorf("messages on the console:\n%s", log)
			}
		})
	}
}

// browse loads a page in a frame of the width wanted, since a window is never
// narrower than some 500 pixels. It returns the page around it after that, and
// what the browser logged.
func browse(t *testing.T, chromium, page string, width int) (dom, log string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "frame.html")
	frame := fmt.Sprintf(`<!DOCTYPE html><body><iframe style="border:0;width:%dpx;height:4000px" srcdoc="%s"></iframe></body>`, width, html.EscapeString(page))
	if err := os.WriteFile(file, []byte(frame), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--hide-scrollbars",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--window-size=1400,4100", "--virtual-time-budget=3000", "--dump-dom", "file://"+file)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	return string(out), errs.String()
}
