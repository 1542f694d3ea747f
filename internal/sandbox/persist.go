package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// stateVersion changes with the file's form.
const stateVersion = 1

// state is everything that outlives a restart: not the ledger, the faults and the changed schemas.
type state struct {
	Version     int            `json:"version"`
	Owner       string         `json:"owner"`
	Seq         uint64         `json:"seq"`
	Settings    *settings      `json:"settings"`
	Users       []user         `json:"users"`
	Credentials []credential   `json:"credentials"`
	Consents    []consent      `json:"consents"`
	Made        []madeState    `json:"made"`
	Accounts    []accountState `json:"accounts"`
}

type madeState struct {
	accountKey
	Count int
}

type accountState struct {
	accountKey
	Records []*record
}

// saver replaces the state file after each change. Changes made while it writes share the next writing.
type saver struct {
	path    string
	changes atomic.Uint64
	mu      sync.Mutex
	saved   uint64 // changes that the file holds
}

// changed is called after every change, before it is answered. A failure to save is logged: the next change tries again.
func (s *Server) changed() {
	if s.saver == nil {
		return
	}
	mine := s.saver.changes.Add(1)
	s.saver.mu.Lock()
	defer s.saver.mu.Unlock()
	if s.saver.saved >= mine {
		return
	}
	upTo := s.saver.changes.Load()
	raw, err := json.Marshal(s.snapshot())
	if err == nil {
		err = replaceFile(s.saver.path, raw)
	}
	if err != nil {
		s.log.Error().Err(err).Str("file", s.saver.path).Msg("the sandbox's state could not be saved; it will be with the next change")
		return
	}
	s.saver.saved = upTo
}

func (s *Server) snapshot() state {
	now := state{Version: stateVersion, Seq: s.books.seq.Load(), Settings: s.settings.current()}
	s.people.save(&now)
	for _, a := range s.books.all() {
		now.Accounts = append(now.Accounts, accountState{a.key, a.records("")})
	}
	return now
}

func (d *directory) save(into *state) {
	into.Users = d.allUsers()
	into.Credentials = d.credentialsOf(func(credential) bool { return true })
	d.mu.RLock()
	defer d.mu.RUnlock()
	into.Owner = d.owner
	for _, c := range d.consents {
		into.Consents = append(into.Consents, c)
	}
	for key, n := range d.made {
		into.Made = append(into.Made, madeState{key, n})
	}
}

// replaceFile writes beside the file and renames, so that a reader finds the old or the new one whole.
func replaceFile(path string, raw []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(raw)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}

// restore loads the state file, if it is there, and saves to it from now on.
func (s *Server) restore(path string) error {
	s.saver = &saver{path: path}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("the folder for the state file cannot be made: %w", err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("the state file cannot be read: %w", err)
	}
	old := state{Settings: defaultSettings()}
	err = decodeNumbers(raw, &old)
	if err == nil && old.Version != stateVersion {
		err = fmt.Errorf("its version is %d, not %d", old.Version, stateVersion)
	}
	if err == nil {
		err = s.load(old)
	}
	if err != nil {
		return fmt.Errorf("the state file %s is of no use (%w); delete it to begin with an empty sandbox", path, err)
	}
	return nil
}

func (s *Server) load(old state) error {
	if !isObjectID(old.Owner) {
		return errors.New("it names no owner")
	}
	if old.Settings == nil { // null in the file
		return errors.New("it has no settings")
	}
	if err := old.Settings.check(s.catalog); err != nil {
		return err
	}
	s.settings.now.Store(old.Settings)
	s.books.seq.Store(old.Seq)
	s.people.load(old)
	for _, a := range old.Accounts {
		c := s.catalog.byID[a.Connector]
		if c == nil {
			return fmt.Errorf("it has an account at the unknown connector %q", a.Connector)
		}
		account := s.books.open(a.accountKey, c)
		for _, r := range a.Records {
			if r == nil {
				return fmt.Errorf("it has an empty record at %s", a.Connector)
			}
			t := account.tables[r.Object]
			if t == nil || r.ID == "" || r.Fields == nil {
				return fmt.Errorf("it has a broken record %q at %s", r.ID, a.Connector)
			}
			t.insert(r)
		}
	}
	return nil
}

func (d *directory) load(old state) {
	d.owner = old.Owner
	d.reset()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range old.Users {
		d.users[u.ID] = u
		if u.Username != "" {
			d.names[u.Username] = u.ID
		}
	}
	for _, c := range old.Credentials {
		d.credentials[c.ID] = c
	}
	for _, c := range old.Consents {
		d.consents[c.Token] = c
	}
	for _, m := range old.Made {
		d.made[m.accountKey] = m.Count
	}
}
