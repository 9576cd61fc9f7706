// Command testsum reads the output of go test -json and prints what a person
// wants to know: the output of failed tests, one line a package, the counts
// that tests print themselves, every skipped test with its reason, and the
// counts. It fails if a test or a package did.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"sort"
	"strings"
)

// An event is a line of go test -json; see go doc test2json.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

func main() {
	ok, err := summarise(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func summarise(r io.Reader, w io.Writer) (ok bool, err error) {
	output := map[string][]string{} // by package and test
	var skipped, counts []string
	passed, failed := 0, 0
	in := bufio.NewScanner(r)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Fprintln(w, in.Text()) // the go command itself: a build error
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			output[key] = append(output[key], e.Output)
			if c := count.FindString(e.Output); c != "" {
				counts = append(counts, c)
			}
		case "pass", "fail", "skip":
			if e.Test == "" && e.Action == "skip" {
				break // a package without tests
			}
			if e.Test == "" {
				fmt.Fprintf(w, "%-5s %s %.1fs\n", e.Action, e.Package, e.Elapsed)
				if e.Action == "fail" {
					failed++
					fmt.Fprint(w, strings.Join(output[key], ""))
				}
				break
			}
			switch e.Action {
			case "pass":
				passed++
			case "fail":
				failed++
				fmt.Fprint(w, strings.Join(output[key], ""))
			case "skip":
				skipped = append(skipped, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(output[key])))
			}
			delete(output, key)
		}
	}
	if err := in.Err(); err != nil {
		return false, err
	}
	for _, c := range counts {
		fmt.Fprintln(w, c)
	}
	sort.Strings(skipped)
	for _, s := range skipped {
		fmt.Fprintln(w, "skip ", s)
	}
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", passed, failed, len(skipped))
	return failed == 0 && passed > 0, nil
}

// count matches the line in which a suite of recorded or generated cases says
// how many there were.
var count = regexp.MustCompile(`(golden|opinfo|conformance|validation): .*\w+=\d+.*`)

// reason finds what a test gave to Skip: its last line that is not a marker.
func reason(lines []string) string {
	for i := len(lines) - 1; i >= 0; i-- {
		if l := strings.TrimSpace(lines[i]); l != "" && !strings.HasPrefix(l, "---") && !strings.HasPrefix(l, "===") {
			return l
		}
	}
	return "no reason given"
}
