//go:build linux || freebsd || netbsd || openbsd

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
)

// notifyService is the name of the desktop's service on the session bus:
// https://specifications.freedesktop.org/notification-spec/latest/
const notifyService = "org.freedesktop.Notifications"

// notifies tells why a notification would be seen by nobody: the toolkit's own
// call only logs that. The bus starts a service that is installed.
func notifies() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := dbus.SessionBus() // shared with the toolkit, not closed
	if err != nil {
		return fmt.Errorf("session bus: %w", err)
	}
	var there bool
	if err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, notifyService).Store(&there); err != nil {
		return fmt.Errorf("session bus: %w", err)
	}
	if there {
		return nil
	}
	var names []string
	if err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.ListActivatableNames", 0).Store(&names); err != nil {
		return fmt.Errorf("session bus: %w", err)
	}
	if !slices.Contains(names, notifyService) {
		return errors.New("no program shows notifications")
	}
	var result uint32
	if err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.StartServiceByName", 0, notifyService, uint32(0)).Store(&result); err != nil {
		return fmt.Errorf("start the program that shows notifications: %w", err)
	}
	return nil
}
