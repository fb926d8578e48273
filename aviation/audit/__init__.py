"""The record of every change, by trigger, and of refused acts: written once, never altered."""
