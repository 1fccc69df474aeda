#!/bin/sh
echo {{ context.name }}
