package train_test

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/train"
)

// killDir makes this program the process that TestKill kills: it trains with
// checkpoints in the folder, and says on its output what it does.
const killDir = "HEKLA_KILL_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		if err := trainToBeKilled(dir); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func trainToBeKilled(dir string) error {
	l := newJob(dir)
	l.SaveEvery = 2
	first := true
	l.OnStep = func(s train.Status) error {
		if first {
			fmt.Println("from", s.Step-1)
			first = false
		}
		fmt.Println("loss", s.Step, math.Float64bits(s.Loss))
		return nil
	}
	fmt.Println("up")
	err := l.Run(context.Background())
	if err == nil {
		fmt.Println("done", fingerprint(l.Model))
	}
	return err
}

// TestKill kills a training run at random moments, 10 times or HEKLA_KILLS (see
// make test-kill): each time it goes on from its last checkpoint with the losses,
// bit by bit, of a run that was never killed, and ends with the same model.
func TestKill(t *testing.T) {
	kills := 10
	if s := os.Getenv("HEKLA_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	k := &killer{T: t, exe: exe, r: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))}
	begin := time.Now()
	whole := k.start(t.TempDir())
	k.want = map[int]uint64{}
	whole.follow(func(step int, bits uint64) { k.want[step] = bits })
	if whole.done == "" || len(k.want) != 28 {
		t.Fatalf("the run that is left alone has %d losses and ends with %q", len(k.want), whole.done)
	}
	k.length = time.Since(begin)
	dir, runs, resumed, inSave := t.TempDir(), 0, 0, 0
	for n := 0; n < kills; {
		p := k.start(dir)
		after := time.Duration(k.r.Int64N(int64(k.length)))
		timer := time.AfterFunc(after, func() { _ = p.cmd.Process.Kill() })
		p.follow(k.check)
		timer.Stop()
		if p.from > 0 {
			resumed++
		}
		left, _ := filepath.Glob(filepath.Join(dir, ".step-*.tmp"))
		inSave += len(left)
		switch {
		case p.done == "":
			n++
		case p.done != whole.done:
			t.Fatalf("after kills the model ends as %s, want %s", p.done, whole.done)
		default:
			runs++
			dir = t.TempDir()
		}
		if p.done == "" && !p.killed {
			t.Fatalf("the run ended by itself: %s", p.error)
		}
	}
	// What the last kill left goes on to the end, too.
	p := k.start(dir)
	p.follow(k.check)
	if p.done != whole.done {
		t.Errorf("after the last kill the model ends as %q, want %s: %s", p.done, whole.done, p.error)
	}
	if steps, err := (checkpoint.Keeper{Dir: dir}).Steps(); err != nil || len(steps) > 3 {
		t.Errorf("checkpoints left: %v, %v", steps, err)
	}
	if k.checked == 0 || resumed == 0 && kills >= 10 {
		t.Errorf("%d losses compared, %d runs resumed: nothing was tested", k.checked, resumed)
	}
	t.Logf("killed %d times (%d while it saved), %d resumed within a run, %d runs to the end, %d losses bit-equal", kills, inSave, resumed, runs+1, k.checked)
}

type killer struct {
	*testing.T
	exe     string
	r       *rand.Rand
	want    map[int]uint64
	length  time.Duration // of a whole run
	checked int
}

func (k *killer) check(step int, bits uint64) {
	if bits != k.want[step] {
		k.Errorf("step %d after a kill: loss %v, want %v", step, math.Float64frombits(bits), math.Float64frombits(k.want[step]))
	}
	k.checked++
}

// A process is a run that may be killed.
type process struct {
	*killer
	cmd    *exec.Cmd
	out    *bufio.Scanner
	from   int    // the step it went on from
	done   string // how the model was at the end
	killed bool
	error  string
}

func (k *killer) start(dir string) *process {
	p := &process{killer: k, cmd: exec.Command(k.exe)}
	p.cmd.Env = append(os.Environ(), killDir+"="+dir, "GOMAXPROCS=1")
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		k.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	return p
}

// follow reads what the process says until it ends.
func (p *process) follow(loss func(step int, bits uint64)) {
	for p.out.Scan() {
		word, rest, _ := strings.Cut(p.out.Text(), " ")
		switch word {
		case "from":
			p.from, _ = strconv.Atoi(rest)
		case "done":
			p.done = rest
		case "error":
			p.error = rest
		case "loss":
			var step int
			var bits uint64
			if n, _ := fmt.Sscan(rest, &step, &bits); n == 2 { // short lines are written whole
				loss(step, bits)
			}
		}
	}
	_ = p.cmd.Wait()
	p.killed = !p.cmd.ProcessState.Success() && p.error == ""
}
