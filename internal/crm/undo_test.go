package crm

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// A send is taken back only if it was the last one, and what stood there before, and what stands there now, is known.
func TestUndoObjections(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*Undoable)
		refused bool
	}{
		"an update":                      {func(*Undoable) {}, false},
		"a create":                       {func(u *Undoable) { u.Operation, u.Before = Create, nil }, false},
		"a create that was only found":   {func(u *Undoable) { u.Operation, u.Made = Create, false }, true},
		"a create that is shared":        {func(u *Undoable) { u.Operation, u.Shared = Create, true }, true},
		"taken back already":             {func(u *Undoable) { u.UndoneAt = time.Now() }, true},
		"took another one back":          {func(u *Undoable) { u.Undoes = uuid.New() }, true},
		"failed":                         {func(u *Undoable) { u.Status = Failed }, true},
		"unchanged":                      {func(u *Undoable) { u.Operation = Unchanged }, true},
		"sent again since":               {func(u *Undoable) { u.Latest = false }, true},
		"linked to another record since": {func(u *Undoable) { u.Link.CRMRecordID = "43" }, true},
		"not known what was there":       {func(u *Undoable) { u.Before = nil }, true},
		"not known what is there":        {func(u *Undoable) { u.Link.ViewCertain = false }, true},
	} {
		u := Undoable{
			Send: Send{Status: Succeeded, Operation: Update, CRMRecordID: "42"}, Before: View{}, Latest: true, Made: true,
			Link: Link{CRMRecordID: "42", ViewCertain: true},
		}
		c.change(&u)
		if why := u.objection(); (why != "") != c.refused {
			t.Errorf("%s: %q", name, why)
		}
	}
}
