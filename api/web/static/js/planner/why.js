export function showWhy() {}
