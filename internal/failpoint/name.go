package failpoint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Name is a place in the code.
type Name string

// The places, in the order in which a send passes them.
const (
	BeforeBegin      Name = "before-begin"
	AfterBegin       Name = "after-begin"
	BeforeAnswerRead Name = "before-answer-read"
	AfterAnswer      Name = "after-answer"
	BeforeFinish     Name = "before-finish"
	AfterFinish      Name = "after-finish"
	MidResponse      Name = "mid-response"
)

// Names are all places, in the order in which a send passes them.
func Names() []Name {
	return []Name{BeforeBegin, AfterBegin, BeforeAnswerRead, AfterAnswer, BeforeFinish, AfterFinish, MidResponse}
}

// The environment variables of a process under the build tag `fault`: Variable arms one place, ClockVariable is how far
// [Now] is from the truth, such as 1h or -1h.
const (
	Variable      = "FAILPOINT"
	ClockVariable = "FAILPOINT_CLOCK"
)

// order is what Variable says.
type order struct {
	name Name
	nth  int64 // the passing that counts, from 1
	stop bool  // SIGSTOP instead of SIGKILL
}

// parse reads name:n or name:n:stop. An order that cannot be carried out is an error: a test that asks for a crash and
// gets none would pass for the wrong reason.
func parse(value string) (order, error) {
	parts := strings.Split(value, ":")
	bad := fmt.Errorf("%s=%s: want name:n or name:n:stop, n from 1, name one of %q", Variable, value, Names())
	if len(parts) < 2 || len(parts) > 3 || !slices.Contains(Names(), Name(parts[0])) {
		return order{}, bad
	}
	nth, err := strconv.ParseInt(parts[1], 10, 32)
	if err != nil || nth < 1 || len(parts) == 3 && parts[2] != "stop" {
		return order{}, bad
	}
	return order{name: Name(parts[0]), nth: nth, stop: len(parts) == 3}, nil
}
