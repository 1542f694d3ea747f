package store_test

import (
	"testing"

	"sendtocrm/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }
