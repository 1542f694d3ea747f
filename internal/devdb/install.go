package devdb

import (
	"bufio"
	"os"
	"runtime"
	"slices"
	"strings"
)

// installCommand is the line that installs Postgres on this system.
func installCommand() string {
	if runtime.GOOS == "darwin" {
		return "brew install postgresql@17"
	}
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "apt-get install -y postgresql"
	}
	return linuxInstallCommand(string(release))
}

// linuxInstallCommand reads ID and ID_LIKE of an os-release file.
func linuxInstallCommand(release string) string {
	var ids []string
	for lines := bufio.NewScanner(strings.NewReader(release)); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), "="); ok && (key == "ID" || key == "ID_LIKE") {
			ids = append(ids, strings.Fields(strings.Trim(value, `"'`))...)
		}
	}
	for _, family := range []struct {
		command string
		ids     []string
	}{
		{"apk add postgresql", []string{"alpine"}},
		{"dnf install -y postgresql-server", []string{"fedora", "rhel", "centos"}},
		{"pacman -S --noconfirm postgresql", []string{"arch"}},
		{"zypper install -y postgresql-server", []string{"suse", "opensuse"}},
	} {
		if slices.ContainsFunc(family.ids, func(id string) bool { return slices.Contains(ids, id) }) {
			return family.command
		}
	}
	return "apt-get install -y postgresql"
}
