export function showEngine() {}
