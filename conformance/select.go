package conformance

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/hekla-ml/hekla/op"
)

// candidates returns the ops that may have a case which run matches. Making all
// samples takes a second or two, too long to look at one case of a known op.
func candidates(run *regexp.Regexp) []*op.Op {
	all := op.All()
	if run == nil {
		return all
	}
	// Names begin with that of the op and a slash. If the pattern does so too, its
	// part before the slash says which ops.
	tree, err := syntax.Parse(run.String(), syntax.Perl)
	head, _, slash := strings.Cut(run.String(), "/")
	if err != nil || !slash || tree.Op != syntax.OpConcat || tree.Sub[0].Op != syntax.OpBeginText {
		return all
	}
	name, err := regexp.Compile(head + "$")
	if err != nil { // the slash is within a group
		return all
	}
	var l []*op.Op
	for _, o := range all {
		if name.MatchString(o.Name) {
			l = append(l, o)
		}
	}
	return l
}
