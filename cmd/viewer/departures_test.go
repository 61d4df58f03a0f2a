package main

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/gui"
)

func TestARoomTheRelayLeftGoesUnlessTheRelayGoesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gone []event.RoomID
		d := &departures{give: func(items ...gui.Item) {
			for _, it := range items {
				gone = append(gone, it.Left)
			}
		}}
		d.add(1)
		d.add(1)
		d.add(2)
		d.drop(2) // joined again
		time.Sleep(departAfter + time.Second)
		synctest.Wait()
		if fmt.Sprint(gone) != "[1]" {
			t.Errorf("gone: %v", gone)
		}
		d.add(3)
		d.add(4)
		d.dropAll() // the relay is shutting down
		time.Sleep(departAfter + time.Second)
		synctest.Wait()
		if len(gone) != 1 {
			t.Errorf("gone with the relay: %v", gone)
		}
	})
}
